import { isIPv6 } from "node:net";

/** Number of groups of an IPv6 address that identify its network (/64). A host in such a network can use all of its 2^64 addresses. */
const networkGroups = 4;

/**
 * Network that rate limits count by, for example that of a household, a school or a company.
 * @param address - a network address, or whatever the app's `addressOf` gives
 * @returns the first 64 bits of an IPv6 address, as `2001:db8:0:1::/64`; the IPv4 address of an IPv4-mapped one; anything else unchanged
 */
export function networkOf(address: string): string {
    const [bare = ""] = address.split("%", 1);
    if (!isIPv6(bare)) {
        return address;
    }
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
    if (mapped !== undefined) {
        return mapped;
    }
    const [head = "", tail] = bare.split("::");
    const groups = groupsOf(head);
    const rest = tail === undefined ? [] : groupsOf(tail);
    const zeros = Array<string>(Math.max(8 - groups.length - rest.length, 0)).fill("0");
    const all = tail === undefined ? groups : [...groups, ...zeros, ...rest];
    const network = all.slice(0, networkGroups).map((group) => Number.parseInt(group, 16).toString(16));
    return `${network.join(":")}::/64`;
}

/** Splits IPv6 text into groups. A trailing IPv4 address counts as two groups, whose values do not matter here. */
function groupsOf(text: string): string[] {
    return text === "" ? [] : text.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group]));
}
