/**
 * The element of the page that must be there.
 * @param selector - as CSS has it
 * @param type - its class
 * @param root - where to look. Default: the document.
 */
export function find<T extends HTMLElement>(selector: string, type: new () => T, root: ParentNode = document): T {
    const element = root.querySelector(selector);
    if (!(element instanceof type)) {
        throw new Error(`The page lacks ${selector}.`);
    }
    return element;
}
