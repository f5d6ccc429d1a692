import { sourceOf } from "./guide.mjs";

/** Lets webpack take `guide.md?program=main` for a module. */
export default function loadGuide(text) {
    return sourceOf(text, new URLSearchParams(this.resourceQuery).get("program"), new URL("prelude", import.meta.url).pathname);
}
