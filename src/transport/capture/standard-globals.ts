/** Global names that every Node has, whatever the driver has put beside them. */

/** Of Node itself; those of the language are found in a fresh realm. Node 22 and 24. */
const OF_NODE =
  `AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy CloseEvent CompressionStream CountQueuingStrategy
  Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventSource EventTarget File FormData Headers MessageChannel MessageEvent
  MessagePort Navigator Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList
  PerformanceResourceTiming ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest
  ReadableStreamDefaultController ReadableStreamDefaultReader Request Response Storage SubtleCrypto TextDecoder TextDecoderStream TextEncoder
  TextEncoderStream TransformStream TransformStreamDefaultController URL URLPattern URLSearchParams WebAssembly WebSocket WritableStream
  WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearImmediate clearInterval clearTimeout console crypto fetch global
  localStorage navigator performance process queueMicrotask sessionStorage setImmediate setInterval setTimeout structuredClone`.split(
    /\s+/,
  );

/** Of the language; one that this Node does not have is nobody's. */
const OF_THE_LANGUAGE =
  `AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date
  DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl
  Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol
  SyntaxError Temporal TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI
  decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`.split(
    /\s+/,
  );

/** What CommonJS wraps a module in; the bundle has its own `require`. */
const OF_COMMON_JS = ["require"];

export const languageGlobals: ReadonlySet<string> = new Set(OF_THE_LANGUAGE);

/** Names that mean the same on every worker. */
export const standardGlobals: ReadonlySet<string> = new Set([...OF_NODE, ...OF_THE_LANGUAGE, ...OF_COMMON_JS]);
