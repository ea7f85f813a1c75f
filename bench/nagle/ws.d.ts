/** As much of npm:ws as `dial.ts` uses. Its own types come with those of all of Node. */
export default class NodeWebSocket {
  constructor(url: string, options: ClientOptions);
  readonly readyState: number;
  /** Bytes, those in the system's buffers left out. */
  readonly bufferedAmount: number;
  send(data: string): void;
  ping(): void;
  /** @throws on a code or reason that the protocol has no place for */
  close(code?: number, reason?: string): void;
  /** Cuts the connection. */
  terminate(): void;
  on(event: "open", listener: () => void): this;
  on(event: "message", listener: (data: Bytes, isBinary: boolean) => void): this;
  on(event: "pong", listener: () => void): this;
  on(event: "unexpected-response", listener: (request: unknown, response: Response) => void): this;
  on(event: "error", listener: (error: Error & { code?: string }) => void): this;
  on(event: "close", listener: (code: number, reason: Bytes) => void): this;
}

export interface ClientOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly perMessageDeflate: boolean;
  readonly followRedirects: boolean;
  /** Bytes. */
  readonly maxPayload: number;
  /** For the other side's close frame and the end of its connection, ms. */
  readonly closeTimeout: number;
  /** As node:tls has it. */
  readonly rejectUnauthorized: boolean;
  /** PEM, in place of the authorities that are known. */
  readonly ca?: string;
}

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A Buffer: its toString decodes UTF-8. */
type Bytes = Uint8Array<ArrayBuffer>;
