/** Options of a `select`. */
class FakeOptions {
    private readonly _options: FakeElement[] = [];

    public get length(): number {
        return this._options.length;
    }

    public item(index: number): FakeElement | null {
        return this._options[index] ?? null;
    }

    public add(option: FakeElement): void {
        this._options.push(option);
    }

    public remove(index: number): void {
        this._options.splice(index, 1);
    }
}

/** The part of a DOM element that the controls and their mirror use. */
export class FakeElement extends EventTarget {
    public readonly tagName: string;
    public readonly style: Record<string, string> = {};
    public readonly options = new FakeOptions();
    public textContent = "";
    public role: string | null = null;
    public ariaLabel: string | null = null;
    public ariaInvalid: string | null = null;
    public type = "";
    public value = "";
    public parent: FakeElement | null = null;
    private readonly _document: FakeDocument;
    private _children: readonly FakeElement[] = [];

    public constructor(document: FakeDocument, tagName: string) {
        super();
        this._document = document;
        this.tagName = tagName;
    }

    public get children(): readonly FakeElement[] & { item(index: number): FakeElement | null } {
        return Object.assign([...this._children], { item: (index: number) => this._children[index] ?? null });
    }

    /** All elements below this one, in the order of the document. */
    public get descendants(): readonly FakeElement[] {
        return this._children.flatMap((child) => [child, ...child.descendants]);
    }

    public append(...elements: readonly FakeElement[]): void {
        elements.forEach((element) => this.insertBefore(element, null));
    }

    /** Like a browser, takes the focus from an element that is moved. */
    public insertBefore(element: FakeElement, before: FakeElement | null): void {
        element.remove();
        const index = before ? this._children.indexOf(before) : this._children.length;
        this._children = [...this._children.slice(0, index), element, ...this._children.slice(index)];
        element.parent = this;
    }

    public remove(): void {
        if (this.contains(this._document.activeElement)) {
            this._document.activeElement = this._document.body;
        }
        if (this.parent) {
            this.parent._children = this.parent._children.filter((child) => child !== this);
            this.parent = null;
        }
    }

    public contains(element: FakeElement | null): boolean {
        return element === this || this.descendants.some((each) => each === element);
    }

    /** @param tags - names of tags, separated by commas */
    public querySelector(tags: string): FakeElement | null {
        return this.descendants.find(({ tagName }) => tags.split(", ").includes(tagName)) ?? null;
    }

    public focus(): void {
        this._document.activeElement.dispatchEvent(new Event("blur"));
        this._document.activeElement = this;
        this.dispatchEvent(new Event("focus"));
    }

    /** Presses a button. */
    public click(): void {
        this.dispatchEvent(new Event("click"));
    }

    /** Types a text into a field, in place of the previous one. */
    public enter(text: string): void {
        this.value = text;
        this.dispatchEvent(new Event("input"));
    }

    /** Context of a canvas that draws nothing. All letters are equally wide. */
    public getContext(): object {
        const measureText = (words: string): object => ({
            width: 7 * words.length,
            actualBoundingBoxAscent: 10,
            actualBoundingBoxDescent: 3,
        });
        const context: Record<string | symbol, unknown> = { canvas: this, measureText };
        return new Proxy(context, { get: (target, name) => target[name] ?? (() => undefined) });
    }
}

/** A document with an empty body. */
export class FakeDocument extends EventTarget {
    public readonly body: FakeElement = new FakeElement(this, "body");
    public activeElement: FakeElement = this.body;

    public createElement(tagName: string): FakeElement {
        return new FakeElement(this, tagName);
    }

    /** Elements of a kind, in the order of the document. */
    public all(tagName: string): readonly FakeElement[] {
        return this.body.descendants.filter((element) => element.tagName === tagName);
    }

    /** The button with an accessible name. */
    public button(name: string): FakeElement {
        return this._found("button", ({ textContent }) => textContent === name, name);
    }

    /** The text field with an accessible name. */
    public field(name: string): FakeElement {
        return this._found("input", ({ ariaLabel }) => ariaLabel === name, name);
    }

    /** Text of the first alert region: that of the mirror. */
    public get alert(): string {
        return this.all("p").find(({ role }) => role === "alert")?.textContent ?? "";
    }

    /** Makes this the page's document, until the returned function is called. */
    public install(): () => void {
        Object.assign(globalThis, { document: this });
        return () => Reflect.deleteProperty(globalThis, "document");
    }

    private _found(tagName: string, isWanted: (element: FakeElement) => boolean, name: string): FakeElement {
        const found = this.all(tagName).find(isWanted);
        if (!found) {
            throw new Error(`The page has no ${tagName} "${name}".`);
        }
        return found;
    }
}
