import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { timedAsync } from "../../times/timed";
import { aimed, headHeight } from "./emulatedHands";
import type { Hand, IControllerPose, Triple } from "./emulatedHands";
import { installGuiProbe, type IVoiceState } from "./guiProbe";

const axe = readFileSync(resolve("node_modules/axe-core/axe.min.js"), "utf8");
const iwer = readFileSync(resolve("node_modules/iwer/build/iwer.min.js"), "utf8");
/**
 * Runs in a page before its own scripts, and before iwer: answers what WebGL clears with without asking the graphics process. iwer (2.5.0) asks three times
 * a frame, and each time waits until that process has drawn all there is.
 */
export function rememberClearValues(): void {
    const { prototype } = WebGL2RenderingContext;
    const { clearColor, clearDepth, clearStencil, getParameter, COLOR_CLEAR_VALUE, DEPTH_CLEAR_VALUE, STENCIL_CLEAR_VALUE } = prototype;
    const known = new WeakMap<WebGL2RenderingContext, Map<number, unknown>>();
    const remember = (context: WebGL2RenderingContext, name: number, value: unknown): void => {
        known.set(context, (known.get(context) ?? new Map<number, unknown>()).set(name, value));
    };
    prototype.clearColor = function (...color) {
        remember(this, COLOR_CLEAR_VALUE, color);
        clearColor.apply(this, color);
    };
    prototype.clearDepth = function (depth) {
        remember(this, DEPTH_CLEAR_VALUE, depth);
        clearDepth.call(this, depth);
    };
    prototype.clearStencil = function (stencil) {
        remember(this, STENCIL_CLEAR_VALUE, stencil);
        clearStencil.call(this, stencil);
    };
    prototype.getParameter = function (name) {
        const values = known.get(this);
        return values?.has(name) ? values.get(name) : (getParameter.call(this, name) as unknown);
    };
}

/** Runs in a page before its own scripts: a Quest 3 that iwer emulates, as `emulatedHeadset`. */
export const headset = `(${rememberClearValues.toString()})();${iwer};
const device = globalThis.emulatedHeadset = new IWER.XRDevice(IWER.metaQuest3, { stereoEnabled: false }); device.installRuntime({ forceInstall: true });
const { getOffsetReferenceSpace } = XRReferenceSpace.prototype;
// iwer (2.5.0) takes the transform itself for a matrix: one would stand in the middle of the world, wherever one stood before.
XRReferenceSpace.prototype.getOffsetReferenceSpace = function ({ matrix }) { return getOffsetReferenceSpace.call(this, matrix); };`;

/** Pictures for the documents (`SHOTS=1`) are taken in the arena, whose look is the product's; tests need no more than an empty scene. */
const inArena = process.env.SHOTS !== undefined;
/** Folder of the pages that visitors open. */
export const visitedFolder = resolve(inArena ? "dist/web" : "dist/e2e");

/** Settings of a visitor's page. */
export interface IVisitorOptions {
    readonly room: string;
    /** True = there is a headset, which iwer emulates. Default: false. */
    readonly xr?: boolean;
    /** Of the screen, in CSS pixels. Default: 620 × 480. */
    readonly size?: { readonly width: number; readonly height: number };
    /** Time from an answer to the next refresh of the list of rooms, in milliseconds. Default: 8,000, as everywhere. */
    readonly refreshMs?: number;
    /** Identity that the server gave to somebody. Default: a new guest's. */
    readonly token?: string;
}

/** @returns ids of axe-core's serious and critical violations in the DOM mirror of the controls */
export async function faultsAsync(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe);
    return page.evaluate(async () => {
        const { axe: checker } = globalThis as unknown as {
            readonly axe: {
                run(of: string): Promise<{ readonly violations: readonly { readonly id: string; readonly impact: string }[] }>;
            };
        };
        const { violations } = await checker.run("section[aria-label]");
        return violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id }) => id);
    });
}

/** One person at the page `test/pages/gui`, whose controls are all of babylon-rtc/gui. */
export class Visitor {
    public readonly page: Page;

    private constructor(page: Page) {
        this.page = page;
    }

    public static EnterAsync(context: BrowserContext, url: string, name: string, options: IVisitorOptions): Promise<Visitor> {
        return timedAsync("page", name, async () => {
            const page = await context.newPage();
            await page.setViewportSize(options.size ?? { width: 620, height: 480 });
            await page.addInitScript(installGuiProbe);
            if (options.xr) {
                await page.addInitScript(headset);
            }
            if (inArena) {
                await page.addInitScript(`Object.defineProperty(globalThis, "guiPage", { get: () => globalThis.arena });`);
            }
            const token = options.token === undefined ? "" : `&token=${encodeURIComponent(options.token)}`;
            await page.goto(
                `${url}/${inArena ? "" : "gui/"}?quality=low&name=${name}&room=${options.room}&refresh=${options.refreshMs ?? 8_000}${token}`,
            );
            const visitor = new Visitor(page);
            await visitor._enter();
            return visitor;
        });
    }

    public get mirror(): Locator {
        return this.page.getByRole("region", { name: "Voice chat" });
    }

    public button(name: string | RegExp): Locator {
        return this.mirror.getByRole("button", typeof name === "string" ? { name, exact: true } : { name });
    }

    public told(role: "status" | "alert", words: string): Promise<unknown> {
        return this.mirror.getByRole(role).filter({ hasText: words }).waitFor({ state: "attached", timeout: 30_000 });
    }

    /** Loads the page anew and enters again. */
    public async comeBack(): Promise<void> {
        await this.page.reload();
        await this._enter();
    }

    /** Of the controls on the canvas and of those in the DOM there are as many. */
    public async isMirrored(): Promise<number> {
        const drawn = await this.page.evaluate(() => globalThis.guiProbe.drawn().length);
        expect(await this.mirror.locator("button, input, select").count()).toBe(drawn);
        return drawn;
    }

    /** Brings the page to the front, and waits until what was changed has its place on the canvas. */
    public async laidOut(): Promise<void> {
        // A page that draws behind another one gets no more frames than that one draws.
        await this.page.bringToFront();
        await this.page.evaluate(async () => {
            const { scene } = globalThis.guiPage;
            for (let frame = 0; frame < 2; frame++) {
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
        });
    }

    /** Puts the headset on: the controls are on the board then. */
    public async enterXr(): Promise<void> {
        await this.click("xr");
        await this.button("Exit VR").waitFor({ state: "attached", timeout: 60_000 });
        await this.page.waitForFunction(() => {
            const { scene } = globalThis.guiPage;
            return scene.getMeshByName("voice board") && globalThis.guiProbe.drawn().every(({ onBoard, x }) => onBoard && x > 0);
        });
    }

    /** Mutes and unmutes as the app may, without a press. */
    public async mute(muted: boolean): Promise<void> {
        await this.page.evaluate((each) => {
            const { plugin } = globalThis.guiPage;
            if (plugin) {
                plugin.rtc.muted = each;
            }
        }, muted);
    }

    /** Waits until what a mesh shows was not drawn anew for twelve frames. */
    public async untilUndrawn(mesh: string): Promise<void> {
        await this.page.evaluate(async (name) => {
            const { scene } = globalThis.guiPage;
            const [texture] = scene.getMeshByName(name)?.material?.getActiveTextures() ?? [];
            const { onEndRenderObservable } = texture as AdvancedDynamicTexture;
            let quietFrames = 0;
            const observer = onEndRenderObservable.add(() => (quietFrames = 0));
            for (const end = performance.now() + 10_000; quietFrames < 12; quietFrames++) {
                if (performance.now() > end) {
                    throw new Error(`${name} is drawn again and again.`);
                }
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
            onEndRenderObservable.remove(observer);
        }, mesh);
    }

    /** Presses a control on the board by a ray. */
    public async press(id: string): Promise<void> {
        await this.laidOut();
        await this.page.evaluate((wanted) => globalThis.guiProbe.pressOnBoard(wanted), id);
    }

    /** Moves a controller of the emulated headset. */
    public async hold(hand: Hand, pose: IControllerPose): Promise<void> {
        await this.page.evaluate(
            ([which, { position, quaternion }]) => {
                const controller = globalThis.emulatedHeadset.controllers[which];
                controller?.position.set(...position);
                controller?.quaternion.set(...quaternion);
            },
            [hand, pose] as const,
        );
        await this.laidOut();
    }

    /** Points a controller's ray at a control on the wrist, and pulls its trigger. */
    public async pullTriggerAt(id: string, hand: Hand): Promise<void> {
        await this.laidOut();
        await this.hold(hand, aimed([hand === "right" ? 0.25 : -0.25, headHeight - 0.3, -0.1], await this._onWrist(id)));
        for (const value of [1, 0]) {
            await this.page.evaluate(
                ([which, pulled]) => globalThis.emulatedHeadset.controllers[which]?.updateButtonValue("trigger", pulled),
                [hand, value] as const,
            );
            await this.laidOut();
        }
    }

    /** Touches a control on the wrist with a controller, and draws back. */
    public async touch(id: string, hand: Hand): Promise<void> {
        await this.laidOut();
        const place = await this._onWrist(id);
        // From where the eyes are, to go in straight.
        const [x, y, z] = [place[0], place[1] - headHeight, place[2]];
        // Its orb is 5 cm ahead of it, and 6 cm wide.
        for (const distance of [0.25, 0.065, 0.25]) {
            const short = 1 - distance / Math.hypot(x, y, z);
            await this.hold(hand, aimed([x * short, headHeight + y * short, z * short], place));
        }
    }

    private async _onWrist(id: string): Promise<Triple> {
        const seen = await this.page.waitForFunction((wanted) => globalThis.guiProbe.fromHead(wanted, "voice wrist"), id);
        const [x, y, z] = (await seen.jsonValue()) ?? [0, 0, 0];
        return [x, y + headHeight, z];
    }

    /** See `faultsAsync`. */
    public faults(): Promise<readonly string[]> {
        return faultsAsync(this.page);
    }

    /** Clicks the canvas where a control is drawn. */
    public async click(id: string): Promise<void> {
        await this.laidOut();
        const spot = await this.page.waitForFunction((wanted) => globalThis.guiProbe.spot(wanted), id);
        const { x, y } = (await spot.jsonValue()) ?? { x: 0, y: 0 };
        await this.page.mouse.move(x, y);
        await this.page.mouse.down();
        await this.page.mouse.up();
    }

    /** Waits until something is so of the local member, or of what they do to another one. */
    public until(wanted: Partial<IVoiceState>, id = ""): Promise<unknown> {
        return this.page.waitForFunction(
            ([state, who]) => {
                const is = globalThis.guiProbe.state(who);
                return (Object.keys(state) as (keyof IVoiceState)[]).every((key) => is[key] === state[key]);
            },
            [wanted, id] as const,
            { timeout: 20_000 },
        );
    }

    /** The id of the only other member. */
    public async otherId(): Promise<string> {
        return this.page.evaluate(() => {
            let id = "";
            globalThis.guiPage.plugin?.rtc.voices$.subscribe((voices) => voices.forEach(({ member }) => (id = member.id))).unsubscribe();
            return id;
        });
    }

    public closeAsync(): Promise<void> {
        return this.page.close();
    }

    private async _enter(): Promise<void> {
        await this.page.waitForSelector("#enter:focus");
        await this.page.keyboard.press("Enter");
        await this.told("status", "In room ");
        // Until it has faded away, the title screen takes the clicks.
        await this.page.waitForFunction(() => document.elementFromPoint(180, 100)?.tagName === "CANVAS");
    }
}
