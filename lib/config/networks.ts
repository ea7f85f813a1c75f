import type { Check } from "./checks.ts";

/** The addresses that share their first `bits` bits with `groups`, the address in groups of 16 bits. */
export interface Network {
  /** Two for IPv4, eight for IPv6. */
  readonly groups: readonly number[];
  readonly bits: number;
}

/** An address alone or a network in CIDR notation, IPv4 or IPv6; `::ffff:10.0.0.0/104` is `10.0.0.0/8`. */
export const network: Check<Network> = (text) => {
  const [address = "", prefix, ...rest] = text.split("/");
  const groups = parseAddress(address);
  const mapped = groups?.length === 2 && address.includes(":");
  const wholeBits = (groups?.length ?? 0) * 16 + (mapped ? 96 : 0);
  const given = prefix === undefined ? wholeBits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
  const bits = mapped ? given - 96 : given;
  if (!groups || rest.length > 0 || !(bits >= 0 && given <= wholeBits)) {
    throw new RangeError("must be addresses or networks such as 192.168.1.20, 10.0.0.0/8 or fd00::/8");
  }
  return { groups, bits };
};

/** Whether one of the networks holds the address; an address that can't be read is in none. */
export function isWithin(networks: readonly Network[], address: string): boolean {
  const groups = parseAddress(address);
  return groups !== undefined && networks.some((each) => holds(each, groups));
}

function holds({ groups, bits }: Network, address: readonly number[]): boolean {
  if (groups.length !== address.length) return false;
  return groups.every((group, index) => {
    const shared = Math.min(16, Math.max(0, bits - index * 16));
    return ((group ^ address[index]!) >>> (16 - shared)) === 0;
  });
}

/** Groups of 16 bits; an IPv4 address mapped into IPv6 counts as IPv4, as a dual-stack socket shows it so. */
function parseAddress(text: string): number[] | undefined {
  const v4 = parseV4(text);
  if (v4) return v4;
  // A zone (`fe80::1%eth0`) names the interface, not the address.
  const bare = text.replace(/%.*$/s, "");
  if (!/^[\da-f:.]*:[\da-f:.]*$/i.test(bare)) return undefined;
  // The URL parser checks the address and writes it in hexadecimal groups.
  const host = URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1);
  if (host === undefined) return undefined;
  const [head, tail] = host.split("::").map((half) => half === "" ? [] : half.split(":"));
  const zeros = tail === undefined ? 0 : 8 - head!.length - tail.length;
  const groups = [...head!, ...Array<string>(zeros).fill("0"), ...tail ?? []].map((each) =>
    parseInt(each, 16)
  );
  const mapped = groups.slice(0, 5).every((each) => each === 0) && groups[5] === 0xffff;
  return mapped ? groups.slice(6) : groups;
}

function parseV4(text: string): number[] | undefined {
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text.split(".") : [];
  // A leading zero means octal to some and decimal to others.
  if (parts.length !== 4 || parts.some((part) => Number(part) > 255 || /^0\d/.test(part))) return undefined;
  const [a, b, c, d] = parts.map(Number);
  return [a! << 8 | b!, c! << 8 | d!];
}
