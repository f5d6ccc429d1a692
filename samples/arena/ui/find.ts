/**
 * Finds a required element of the page. Throws if it is missing or has another class.
 * @param selector - CSS selector
 * @param type - class of the element
 * @param root - node to search in. Default: the document.
 */
export function find<T extends HTMLElement>(selector: string, type: new () => T, root: ParentNode = document): T {
    const element = root.querySelector(selector);
    if (!(element instanceof type)) {
        throw new Error(`The page has no element ${selector}.`);
    }
    return element;
}
