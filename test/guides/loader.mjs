import { sourceOf } from "./guide.mjs";

/** Webpack loader that turns `guide.md?program=main` into a module. */
export default function loadGuide(text) {
    return sourceOf(text, new URLSearchParams(this.resourceQuery).get("program"), new URL("prelude", import.meta.url).pathname);
}
