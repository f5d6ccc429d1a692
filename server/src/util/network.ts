import { isIPv4, isIPv6 } from "node:net";

/** Number of groups of an IPv6 address that identify its network (/64). A host in such a network can use all of its 2^64 addresses. */
const networkGroups = 4;

/** Prefixes (/96) of IPv6 addresses that end with the client's IPv4 address, as their groups: IPv4-mapped (::ffff:0:0) and NAT64 (64:ff9b::, RFC 6052). */
const ipv4Prefixes: ReadonlySet<string> = new Set(
    [
        [0, 0, 0, 0, 0, 0xffff],
        [0x64, 0xff9b, 0, 0, 0, 0],
    ].map((groups) => groups.join(" ")),
);

/**
 * Network that rate limits count by, for example that of a household, a school or a company.
 * @param address - a network address, or whatever the app's `addressOf` gives. The port and the brackets that some proxies add are ignored.
 * @returns the first 64 bits of an IPv6 address, as `2001:db8:0:1::/64`; the IPv4 address of an IPv4 address, or of an IPv6 address that contains one
 * (IPv4-mapped, or translated by NAT64); anything else unchanged
 */
export function networkOf(address: string): string {
    const bare = withoutPort(address).split("%", 1)[0] ?? "";
    if (!isIPv6(bare)) {
        return isIPv4(bare) ? bare : address;
    }
    const groups = groupsOf(bare);
    const [high = 0, low = 0] = groups.slice(6);
    if (ipv4Prefixes.has(groups.slice(0, 6).join(" "))) {
        return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
    }
    const network = groups.slice(0, networkGroups).map((group) => group.toString(16));
    return `${network.join(":")}::/64`;
}

/**
 * Address without a port: of `192.0.2.7:5000`, `::ffff:192.0.2.7:5000`, `[2001:db8::1]:5000` and `[2001:db8::1]`. Any other text unchanged. Without
 * brackets, the port of an IPv6 address can be told only after an IPv4 address.
 */
export function withoutPort(text: string): string {
    const trimmed = text.trim();
    return /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^((?:[\da-f:]*:)?[\d.]+\.\d+):\d+$/i.exec(trimmed)?.[1] ?? trimmed;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
    const [head = [], tail = []] = address.split("::").map((part) => (part === "" ? [] : part.split(":").flatMap(numbersOf)));
    return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Value of a group; of an IPv4 address at the end, the values of its two groups. */
function numbersOf(group: string): number[] {
    if (!group.includes(".")) {
        return [Number.parseInt(group, 16)];
    }
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
}
