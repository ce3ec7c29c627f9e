import type { FunctionSettings } from "./options.ts";

/** What the driver tells the emulator, in one line. */
export interface StartMessage {
  readonly settings: FunctionSettings;
  /** Only requests that name this key are answered. */
  readonly accessKeyId: string;
}

/** What the emulator tells the driver, a line each. */
export type EmulatorMessage =
  /** Its temporary folder. */
  | { readonly folder: string }
  /** It listens on this port of 127.0.0.1. */
  | { readonly port: number }
  /** An environment's process, leader of a process group, has started, or has ended. */
  | { readonly started: number }
  | { readonly ended: number };
