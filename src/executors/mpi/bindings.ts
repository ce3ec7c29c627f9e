/** MPI's functions by koffi. Both families have the same functions, with handles and a status of their own (MPI ABI of MPICH, mpi.h of Open MPI). */
import type { LibraryHandle } from "koffi";
import { familyName, mpiCallFailed } from "./errors.ts";
import type { MpiFamily } from "./launcher.ts";
import { nap } from "./progress.ts";

/** For a launcher to read what was printed. */
const READ_MS = 100;

/** A message that has come and was not received yet. */
export interface Envelope {
  readonly source: number;
  readonly tag: number;
  readonly bytes: number;
}

/** Of a send that was begun; MPI reads the bytes until `test` says that it is done. */
export interface Sending {
  readonly request: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The few functions of MPI that are needed, on MPI_COMM_WORLD. All of them throw InfrastructureError with MPI's own text. */
export interface Bindings {
  readonly family: MpiFamily;
  /** The file that was loaded. */
  readonly file: string;
  /** "MPICH 4.0.2". */
  readonly version: string;
  init(): void;
  rank(): number;
  size(): number;
  /** The next message from anybody. */
  probe(): Envelope | undefined;
  /** Waits for a message and takes it; at most 2 GiB. */
  receive(into: Uint8Array, source: number, tag: number): void;
  send(bytes: Uint8Array, destination: number, tag: number): Sending;
  /** Whether a send is done. */
  test(sending: Sending): boolean;
  finalize(): void;
  /** Ends all ranks. */
  abort(code: number): void;
}

type Native = (...args: readonly unknown[]) => number;

interface Handles {
  readonly type: "int" | "void *";
  readonly world: unknown;
  readonly byte: unknown;
  readonly errorsReturn: unknown;
  readonly anySource: number;
  /** Places of source and tag in a status, in int32. */
  readonly status: readonly [source: number, tag: number];
}

const ANY_TAG = -1;
/** Every call is made on the main thread. */
const THREAD_FUNNELED = 1;
/** Larger than MPI_MAX_LIBRARY_VERSION_STRING and MPI_MAX_ERROR_STRING of both. */
const MAX_TEXT = 16_384;

/** @throws Error of koffi where a function is missing: it is no MPI library. */
export function bind(library: LibraryHandle, file: string): Bindings {
  const native = (name: string, ...types: readonly string[]): Native =>
    library.func(name, "int", [...types]) as unknown as Native;
  const text = Buffer.alloc(MAX_TEXT);
  const number = new Int32Array(1);
  const told = (name: string, call: Native, ...args: readonly unknown[]): string => {
    const code = call(...args, text, number);
    return code === 0 ? text.toString("utf8", 0, number[0]).replace(/\0/g, "") : `${name} gave ${code}`;
  };
  // Legal before MPI_Init.
  const identity = told("MPI_Get_library_version", native("MPI_Get_library_version", "void *", "void *"));
  const family = identity.includes("Open MPI") ? "openmpi" : "mpich";
  const handles = handlesOf(family, library);
  const { type, world, byte } = handles;
  const [sourceAt, tagAt] = handles.status;

  const errorString = native("MPI_Error_string", "int", "void *", "void *");
  const checked = (name: string, ...types: readonly string[]): ((...args: readonly unknown[]) => void) => {
    const call = native(name, ...types);
    return (...args) => {
      const code = call(...args);
      if (code !== 0) throw mpiCallFailed(name, code, told("MPI_Error_string", errorString, code));
    };
  };
  const init = checked("MPI_Init_thread", "void *", "void *", "int", "void *");
  const setErrorHandler = checked("MPI_Comm_set_errhandler", type, type);
  const commRank = checked("MPI_Comm_rank", type, "void *");
  const commSize = checked("MPI_Comm_size", type, "void *");
  const iprobe = checked("MPI_Iprobe", "int", "int", type, "void *", "void *");
  const getCount = checked("MPI_Get_count", "void *", type, "void *");
  const recv = checked("MPI_Recv", "void *", "int", type, "int", "int", type, "void *");
  const isend = checked("MPI_Isend", "void *", "int", type, "int", "int", type, "void *");
  const test = checked("MPI_Test", "void *", "void *", "void *");
  const finalize = checked("MPI_Finalize");
  const abort = native("MPI_Abort", type, "int");

  /** Larger than MPI_Status of both. */
  const status = new Int32Array(16);
  return {
    family,
    file,
    version: nameOf(identity, family),
    init() {
      init(null, null, THREAD_FUNNELED, number);
      setErrorHandler(world, handles.errorsReturn);
    },
    rank() {
      commRank(world, number);
      return number[0];
    },
    size() {
      commSize(world, number);
      return number[0];
    },
    probe() {
      iprobe(handles.anySource, ANY_TAG, world, number, status);
      if (number[0] === 0) return undefined;
      getCount(status, byte, number);
      return { source: status[sourceAt], tag: status[tagAt], bytes: number[0] };
    },
    receive(into, source, tag) {
      recv(into, into.byteLength, byte, source, tag, world, status);
    },
    send(bytes, destination, tag) {
      const request = new Uint8Array(8);
      isend(bytes, bytes.byteLength, byte, destination, tag, world, request);
      return { request, bytes };
    },
    test({ request }) {
      test(request, number, status);
      return number[0] !== 0;
    },
    finalize: () => finalize(),
    abort(code) {
      // Launchers end at once, and with them what they have not read yet: the error that led here.
      nap(READ_MS);
      abort(world, code);
    },
  };
}

function handlesOf(family: MpiFamily, library: LibraryHandle): Handles {
  if (family === "openmpi")
    return {
      type: "void *",
      world: library.symbol("ompi_mpi_comm_world"),
      byte: library.symbol("ompi_mpi_byte"),
      errorsReturn: library.symbol("ompi_mpi_errors_return"),
      anySource: -1,
      status: [0, 1],
    };
  return {
    type: "int",
    world: 0x44000000,
    byte: 0x4c00010d,
    errorsReturn: 0x54000001,
    anySource: -2,
    status: [2, 3],
  };
}

/** The first number of the library's long text, behind its family. */
function nameOf(identity: string, family: MpiFamily): string {
  const version = /\d+(?:\.\d+)+\w*/.exec(identity)?.[0];
  return version === undefined ? identity.split("\n", 1)[0].trim() : `${familyName(family)} ${version}`;
}
