import type { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import { combineLatest } from "rxjs";
import type { Subscription } from "rxjs";
import { RtcError } from "../../index.js";
import type { RtcBehavior } from "../../index.js";
import { checkGuiOptions } from "../guiChecks.js";
import { NamePlate } from "./namePlate.js";
import type { INamePlateOptions } from "./namePlate.js";
import { SpeakingRing } from "./speakingRing.js";
import type { ISpeakingRingOptions } from "./speakingRing.js";
import { voiceSignOf } from "../texts/voiceStateTexts.js";

/** Options of voice signs: the member, and the appearance of plate and ring. */
export interface IVoiceSignsOptions extends INamePlateOptions, ISpeakingRingOptions {
    /** RTC behavior with the member's voice, usually `plugin.rtc`. */
    readonly rtc: Pick<RtcBehavior, "voices$" | "speaking$">;
    /** Id of the avatar's member. */
    readonly memberId: string;
}

/**
 * Name plate and speaking ring of one avatar: `new VoiceSigns(avatar, { rtc: plugin.rtc, memberId, name })`. Both show the current state of the
 * member's voice. The plate shows the option `name` at first, and the member's name after each change of it. Disposed with the node.
 */
export class VoiceSigns {
    /** Name plate above the avatar. */
    public readonly plate: NamePlate;
    /** Speaking ring around the avatar's feet. */
    public readonly ring: SpeakingRing;
    private readonly _subscription: Subscription;
    private readonly _node: TransformNode;
    private readonly _end: Observer<Node>;

    /**
     * @param node - node of the avatar, with its origin on the ground
     * @param options - member, and appearance of plate and ring
     */
    public constructor(node: TransformNode, options: IVoiceSignsOptions) {
        checkGuiOptions(options);
        const { rtc, memberId } = options;
        if (typeof memberId !== "string" || typeof (rtc as { readonly voices$?: unknown } | undefined)?.voices$ !== "object") {
            throw new RtcError("invalidArgument", "Voice signs need the options rtc (`plugin.rtc`) and memberId (`member.id`).");
        }
        this._node = node;
        this.plate = new NamePlate(node, options);
        this.ring = new SpeakingRing(node, options);
        let known: string | undefined;
        this._subscription = combineLatest([rtc.voices$, rtc.speaking$]).subscribe(([voices, speaking]) => {
            const voice = voices.get(memberId);
            // The app may show another name than the member's, so only changes of the member's name are shown.
            if (known !== undefined && voice && voice.member.name !== known) {
                this.plate.name = voice.member.name;
            }
            known = voice?.member.name ?? known;
            const sign = voiceSignOf(voice, speaking.has(memberId), voice?.member.reconnecting);
            this.plate.sign = sign;
            this.ring.speaking = sign === "speaking";
        });
        this._end = node.onDisposeObservable.add(() => this.dispose());
    }

    /** Disposes plate and ring, but not the node. Idempotent. */
    public dispose(): void {
        this._node.onDisposeObservable.remove(this._end);
        this._subscription.unsubscribe();
        this.plate.dispose();
        this.ring.dispose();
    }
}
