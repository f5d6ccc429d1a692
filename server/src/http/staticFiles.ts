import sirv from "sirv";
import type { RequestHandler } from "sirv";

/**
 * @param folder - a folder whose files anybody may have
 * @param development - whether files may change while the server runs; otherwise they are listed once
 * @returns what serves them; browsers ask again for pages each time
 */
export function serveFiles(folder: string, development: boolean): RequestHandler {
    return sirv(folder, {
        dev: development,
        etag: true,
        setHeaders: (response, path) => {
            response.setHeader("X-Content-Type-Options", "nosniff");
            response.setHeader("Cache-Control", path.endsWith("/") || path.endsWith(".html") ? "no-cache" : "public, max-age=3600");
        },
    });
}

/**
 * sirv 3 in its `dev` mode hands out hidden files, and those of a folder beside ours whose name begins like ours.
 * @param path - the path of a request
 * @returns whether it leads to a file that may be served: nothing hidden, nothing above
 */
export function isServable(path: string): boolean {
    try {
        return decodeURIComponent(path)
            .split(/[\\/]/)
            .every((segment) => !segment.startsWith("."));
    } catch {
        return false;
    }
}
