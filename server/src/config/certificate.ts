import { networkInterfaces } from "node:os";
import { generate } from "selfsigned";

const validDays = 30;

/**
 * @returns the IPv4 addresses at which other devices on the network reach this machine
 */
export function lanAddresses(): string[] {
    return Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter((address) => address.family === "IPv4" && !address.internal)
        .map((address) => address.address);
}

/**
 * Creates a self-signed certificate for this machine, so that a headset on the same network gets a secure context, which WebXR and the microphone
 * require. The browser warns of each new certificate, since no authority has signed it.
 * @returns key and certificate as PEM, valid for 30 days
 */
export async function makeCertificateAsync(): Promise<{ key: string; cert: string }> {
    const addresses = ["127.0.0.1", "::1", ...lanAddresses()];
    const pem = await generate([{ name: "commonName", value: "localhost" }], {
        keyType: "ec",
        algorithm: "sha256",
        notAfterDate: new Date(Date.now() + validDays * 24 * 60 * 60 * 1000),
        extensions: [
            { name: "basicConstraints", cA: false },
            { name: "keyUsage", digitalSignature: true },
            { name: "extKeyUsage", serverAuth: true },
            {
                name: "subjectAltName",
                altNames: [{ type: 2, value: "localhost" }, ...addresses.map((ip) => ({ type: 7 as const, ip }))],
            },
        ],
    });
    return { key: pem.private, cert: pem.cert };
}
