/** Where artifacts that are larger than an invocation are put: an S3 bucket, or what speaks like one. */
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { storeError } from "./artifact-store-errors.ts";

/** Keeps artifacts by their hash and tells workers where to get them. */
export interface ArtifactStore {
  /**
   * A URL from which the artifact can be downloaded for at least half an hour (less where credentials end sooner). What is not there yet is
   * stored first: once, also across runs.
   *
   * @param compressed the artifact, brotli.
   * @param refused a URL that a worker could not use: another is made, and what is missing is stored again.
   * @throws InfrastructureError with code `artifact-store`.
   */
  url(hash: string, compressed: Uint8Array, refused?: string): Promise<string>;
  /** Ends what is under way. */
  close(): void;
}

/** A bucket and the way to it. */
export interface BucketAddress {
  readonly bucket: string;
  /** How it was found, for messages. */
  readonly from: string;
  readonly region?: S3ClientConfig["region"];
  readonly credentials?: S3ClientConfig["credentials"];
  /** Base URL for the driver. @default AWS's */
  readonly endpoint?: string | undefined;
  /** Base URL for workers. @default the driver's */
  readonly workerEndpoint?: string | undefined;
}

/** A URL is made anew at half of its time: an invocation may wait for a quarter of an hour before it begins. */
const URL_SECONDS = 3_600;
/** The connection of an upload is given up when nothing moves for so long. */
const IDLE_MS = 60_000;

interface Signed {
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly renewAt: number;
}

/** Opens the clients; nothing is sent before the first artifact. */
export async function openArtifactStore(address: BucketAddress): Promise<ArtifactStore> {
  const [{ GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client }, { getSignedUrl }] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("@aws-sdk/s3-request-presigner"),
  ]);
  const { bucket, endpoint, workerEndpoint = endpoint } = address;
  const client = new S3Client(clientConfig(address, endpoint));
  // The host is a part of what is signed.
  const signer = workerEndpoint === endpoint ? client : new S3Client(clientConfig(address, workerEndpoint));
  const signed = new Map<string, Promise<Signed>>();
  const closing = new AbortController();
  const untilClosed = { abortSignal: closing.signal };
  const objectOf = (hash: string) => ({ Bucket: bucket, Key: `artifacts/${hash}` });

  async function isStored(hash: string): Promise<boolean> {
    try {
      await client.send(new HeadObjectCommand(objectOf(hash)), untilClosed);
      return true;
    } catch (error) {
      const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
      // An answer to HEAD has no reason in it, and who may not list a bucket is told 403 where there is nothing: writing shows what it is.
      if (status >= 300 && status < 500) return false;
      throw error;
    }
  }

  async function store(hash: string, compressed: Uint8Array): Promise<void> {
    if (await isStored(hash)) return;
    const body = { Body: compressed, ContentLength: compressed.byteLength };
    await client.send(new PutObjectCommand({ ...objectOf(hash), ...body }), untilClosed);
  }

  /** @param mayBeMissing whether the object must be looked for, and stored where it is not there. */
  async function make(hash: string, compressed: Uint8Array, mayBeMissing: boolean): Promise<Signed> {
    try {
      if (mayBeMissing) await store(hash, compressed);
      return await sign(hash);
    } catch (error) {
      throw storeError(error, address, await client.config.region().catch(() => "an unknown region"));
    }
  }

  async function sign(hash: string): Promise<Signed> {
    const now = Date.now();
    // By the store's clock, which the client knows from its answers.
    const signingDate = new Date(now + client.config.systemClockOffset);
    const how = { expiresIn: URL_SECONDS, signingDate };
    const url = await getSignedUrl(signer, new GetObjectCommand(objectOf(hash)), how);
    // It ends with the credentials that signed it.
    const { expiration } = await signer.config.credentials();
    const end = Math.min(now + URL_SECONDS * 1000, expiration?.getTime() ?? Number.POSITIVE_INFINITY);
    return { url, renewAt: now + (end - now) / 2 };
  }

  return {
    async url(hash, compressed, refused) {
      for (;;) {
        const known = signed.get(hash);
        if (known !== undefined) {
          const { url, renewAt } = await known;
          // Others may have had it made anew while this one waited.
          if (url !== refused && Date.now() < renewAt) return url;
          if (signed.get(hash) !== known) continue;
        }
        const made = make(hash, compressed, known === undefined || refused !== undefined);
        signed.set(hash, made);
        made.catch(() => signed.delete(hash));
        return (await made).url;
      }
    },
    close() {
      // Without it the SDK would try again on a connection that closing broke.
      closing.abort();
      client.destroy();
      signer.destroy();
    },
  };
}

function clientConfig({ region, credentials }: BucketAddress, endpoint: string | undefined): S3ClientConfig {
  return {
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    // Emulators and the like have no names for their buckets.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // The signature covers the content. Newer checksums are not known everywhere.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 10_000, socketTimeout: IDLE_MS },
  };
}

/** The store of an executor, opened when the first artifact needs it. */
export class LazyArtifactStore {
  readonly #find: (why: string) => BucketAddress;
  #opened: Promise<ArtifactStore> | undefined;

  /** @param find is told why one is needed; throws where none is known. */
  constructor(find: (why: string) => BucketAddress) {
    this.#find = find;
  }

  open(why: string): Promise<ArtifactStore> {
    if (this.#opened !== undefined) return this.#opened;
    const opened = Promise.resolve(why).then(this.#find).then(openArtifactStore);
    this.#opened = opened;
    // It may be mended: the next batch looks again.
    opened.catch(() => {
      this.#opened = undefined;
    });
    return opened;
  }

  async close(): Promise<void> {
    const store = await this.#opened?.catch(() => undefined);
    store?.close();
  }
}
