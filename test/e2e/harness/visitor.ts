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
 * Answers queries of WebGL's clear values without a round trip to the graphics process. iwer (2.5.0) sends three such queries per frame, and each
 * waits until the graphics process has drawn everything. Runs in a page before its own scripts and before iwer.
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

/** Init script that installs an emulated Quest 3 (iwer) as `emulatedHeadset`. */
export const headset = `(${rememberClearValues.toString()})();${iwer};
const device = globalThis.emulatedHeadset = new IWER.XRDevice(IWER.metaQuest3, { stereoEnabled: false }); device.installRuntime({ forceInstall: true });
const { getOffsetReferenceSpace } = XRReferenceSpace.prototype;
// iwer (2.5.0) takes the transform itself for a matrix: one would stand in the middle of the world, wherever one stood before.
XRReferenceSpace.prototype.getOffsetReferenceSpace = function ({ matrix }) { return getOffsetReferenceSpace.call(this, matrix); };`;

/** True if `SHOTS` is set, for the screenshots of the documentation, which are taken in the arena. Otherwise, tests use an empty scene. */
const inArena = process.env.SHOTS !== undefined;
/** Folder of the pages that visitors open. */
export const visitedFolder = resolve(inArena ? "dist/web" : "dist/e2e");

/** Settings of a visitor's page. */
export interface IVisitorOptions {
    readonly room: string;
    /** True = the page has a headset, which iwer emulates. Default: false. */
    readonly xr?: boolean;
    /** Viewport in CSS pixels. Default: 620 × 480. */
    readonly size?: { readonly width: number; readonly height: number };
    /** Time from a response to the next refresh of the room list, in milliseconds. Default: 8,000, the library's default. */
    readonly refreshMs?: number;
    /** Identity token that the server issued. Default: that of a new guest. */
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

/** A person in the page `test/pages/gui` (in the arena with `SHOTS`), which has all controls of babylon-rtc/gui. */
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

    /** Reloads the page and enters again. */
    public async comeBack(): Promise<void> {
        await this.page.reload();
        await this._enter();
    }

    /** Expects as many controls on the canvas as in the DOM mirror. Returns their number. */
    public async isMirrored(): Promise<number> {
        const drawn = await this.page.evaluate(() => globalThis.guiProbe.drawn().length);
        expect(await this.mirror.locator("button, input, select").count()).toBe(drawn);
        return drawn;
    }

    /** Brings the page to the front and waits until the layout of the controls is up to date. */
    public async laidOut(): Promise<void> {
        // A page behind another one gets no more frames than the page in front.
        await this.page.bringToFront();
        await this.page.evaluate(async () => {
            const { scene } = globalThis.guiPage;
            for (let frame = 0; frame < 2; frame++) {
                await new Promise<void>((next) => scene.onAfterRenderObservable.addOnce(() => next()));
            }
        });
    }

    /** Enters XR, which moves the controls to the board. */
    public async enterXr(): Promise<void> {
        await this.click("xr");
        await this.button("Exit VR").waitFor({ state: "attached", timeout: 60_000 });
        await this.page.waitForFunction(() => {
            const { scene } = globalThis.guiPage;
            return scene.getMeshByName("voice board") && globalThis.guiProbe.drawn().every(({ onBoard, x }) => onBoard && x > 0);
        });
    }

    /** Mutes or unmutes through the API, without a click. */
    public async mute(muted: boolean): Promise<void> {
        await this.page.evaluate((each) => {
            const { plugin } = globalThis.guiPage;
            if (plugin) {
                plugin.rtc.muted = each;
            }
        }, muted);
    }

    /** Waits until the texture of a mesh has not been redrawn for twelve frames. */
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

    /** Presses a control on the board with a picking ray. */
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

    /** Points a controller's ray at a control on the wrist, then pulls and releases the trigger. */
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

    /** Touches a control on the wrist with a controller, then moves the controller back. */
    public async touch(id: string, hand: Hand): Promise<void> {
        await this.laidOut();
        const place = await this._onWrist(id);
        // Approaches from the eyes, so that the controller meets the control straight on.
        const [x, y, z] = [place[0], place[1] - headHeight, place[2]];
        // Babylon's near-interaction orb is 5 cm ahead of the controller and 6 cm wide.
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

    /** Waits for a state of the local member, or of the local preferences for another member. */
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

    /** Id of the only other member. */
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
        // The title screen receives the clicks until it has faded out.
        await this.page.waitForFunction(() => document.elementFromPoint(180, 100)?.tagName === "CANVAS");
    }
}
