/** An environment without koffi: everywhere, or on the rank that WITHOUT_KOFFI names. */
import { registerHooks } from "node:module";

const { WITHOUT_KOFFI, PMI_RANK, OMPI_COMM_WORLD_RANK } = process.env;
registerHooks({
  resolve(specifier, context, next) {
    const isMissing = WITHOUT_KOFFI === "all" || WITHOUT_KOFFI === (PMI_RANK ?? OMPI_COMM_WORLD_RANK);
    if (specifier !== "koffi" || !isMissing) return next(specifier, context);
    throw Object.assign(new Error("Cannot find package 'koffi'"), { code: "ERR_MODULE_NOT_FOUND" });
  },
});
