/** A certificate for 127.0.0.1 and localhost, and the authority that signed it, all made on the spot. PEM. */
export interface TestCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** X.509 v3 in DER as of RFC 5280, with keys on P-256: no key lies in the repository, none grows old. */
export async function createCertificate(): Promise<TestCertificate> {
  const authority = await createKeys();
  const server = await createKeys();
  const ca = await certificate("Test authority", server.publicKey, authority, true);
  const cert = await certificate("localhost", server.publicKey, authority, false);
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", server.privateKey));
  return { ca: pem("CERTIFICATE", ca), cert: pem("CERTIFICATE", cert), key: pem("PRIVATE KEY", key) };
}

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function createKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]) as CryptoKeyPair;
}

async function certificate(
  name: string,
  serverKey: CryptoKey,
  authority: CryptoKeyPair,
  isAuthority: boolean,
): Promise<Bytes> {
  const subjectKey = isAuthority ? authority.publicKey : serverKey;
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, [2])), // version 3
    der(INTEGER, [isAuthority ? 1 : 2]),
    ECDSA_WITH_SHA256,
    commonName("Test authority"),
    der(SEQUENCE, utcTime(Date.now() - 3_600_000), utcTime(Date.now() + 86_400_000)),
    commonName(name),
    new Uint8Array(await crypto.subtle.exportKey("spki", subjectKey)),
    der(0xa3, der(SEQUENCE, isAuthority ? BASIC_CONSTRAINTS_CA : ALTERNATIVE_NAMES)),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(ECDSA, authority.privateKey, body));
  const halves = [signature.subarray(0, 32), signature.subarray(32)].map(positiveInteger);
  return der(SEQUENCE, body, ECDSA_WITH_SHA256, der(BIT_STRING, [0], der(SEQUENCE, ...halves)));
}

type Bytes = Uint8Array<ArrayBuffer>;

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;

/** Tag, length, content. */
function der(tag: number, ...parts: readonly ArrayLike<number>[]): Bytes {
  const content = parts.flatMap((part) => Array.from(part));
  const { length } = content;
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return Uint8Array.from([tag, ...size, ...content]);
}

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const oid = (...bytes: number[]) => der(0x06, bytes);

const ECDSA_WITH_SHA256 = der(SEQUENCE, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const BASIC_CONSTRAINTS_CA = der(
  SEQUENCE,
  oid(0x55, 0x1d, 0x13),
  der(0x01, [0xff]), // critical
  der(OCTET_STRING, der(SEQUENCE, der(0x01, [0xff]))),
);
const ALTERNATIVE_NAMES = der(
  SEQUENCE,
  oid(0x55, 0x1d, 0x11),
  der(OCTET_STRING, der(SEQUENCE, der(0x82, ascii("localhost")), der(0x87, [127, 0, 0, 1]))),
);

function commonName(name: string): Bytes {
  return der(SEQUENCE, der(0x31, der(SEQUENCE, oid(0x55, 0x04, 0x03), der(0x0c, ascii(name)))));
}

/** YYMMDDHHMMSSZ. */
function utcTime(atMs: number): Bytes {
  return der(0x17, ascii(`${new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, "").slice(2)}`));
}

/** Shortest form, with a zero in front where the first bit would mean a negative number. */
function positiveInteger(bytes: Bytes): Bytes {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = bytes.subarray(first);
  return der(INTEGER, short[0]! >= 0x80 ? [0] : [], short);
}

function pem(label: string, bytes: Bytes): string {
  const lines = bytes.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
