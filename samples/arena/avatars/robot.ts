import { ImageProcessingConfiguration } from "@babylonjs/core/Materials/imageProcessingConfiguration.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { Geometry, place, shade } from "../modelling/geometry.js";
import { block, cylinder, extrude, lathe } from "../modelling/shapes.js";

const [steel, dark, cream, glass] = ["#6a6d70", "#26262a", "#e9dec6", "#10141c"].map((hex) => Color3.FromHexString(hex)) as [
    Color3,
    Color3,
    Color3,
    Color3,
];

/** The meshes of a robot. The robot looks along z and stands on y = 0. */
export interface IRobot {
    readonly body: Mesh;
    /** The head. Its origin is the neck, at `neckHeight`, about which it rotates. */
    readonly head: Mesh;
    /** The eyes, as a child of the head. Their height shows whether they are open. */
    readonly eyes: Mesh;
    /** The mouth, as a child of the head. Its height shows the voice level. */
    readonly mouth: Mesh;
}

/** Height of the neck, in metres above the ground. */
export const neckHeight = 1.18;

/** Materials that all robots share, so that the GPU state changes rarely. */
export interface IRobotMaterials {
    readonly paint: StandardMaterial;
    readonly glow: StandardMaterial;
}

/** Creates the materials for all robots. */
export function createRobotMaterials(scene: Scene): IRobotMaterials {
    const paint = new StandardMaterial("robot paint", scene);
    paint.specularColor = new Color3(0.35, 0.32, 0.28);
    paint.specularPower = 40;
    // Slightly emissive, so that surfaces facing away from the sun stay visible.
    paint.emissiveColor = new Color3(0.1, 0.09, 0.09);
    const glow = new StandardMaterial("robot glow", scene);
    glow.emissiveColor = Color3.White();
    glow.disableLighting = true;
    // No image processing, so that tone mapping does not change the colours.
    glow.imageProcessingConfiguration = new ImageProcessingConfiguration();
    glow.imageProcessingConfiguration.isEnabled = false;
    return { paint, glow };
}

/** Creates a robot on caterpillar tracks with headphones, about 1.7 m high without the antenna. */
export function createRobot(name: string, scene: Scene, color: Color3, { paint, glow }: IRobotMaterials): IRobot {
    const body = buildBody(color).toMesh(`${name} body`, scene);
    const head = buildHead(color).toMesh(`${name} head`, scene);
    body.material = head.material = paint;
    body.receiveShadows = true;

    const pair = new Geometry();
    for (const x of [-0.085, 0.085]) {
        pair.add(block(0.06, 0.1, 0.02, { bevel: 0.02 }), place(x, -0.05, 0), new Color3(0.62, 0.96, 0.9));
    }
    const eyes = pair.toMesh(`${name} eyes`, scene);
    eyes.position.set(0, 0.22, 0.352);
    const bulb = lathe([[0.01, 0], [0.035, 0.03], [0.03, 0.06], [0.005, 0.08]], 8); // prettier-ignore
    const tip = new Geometry().add(bulb, place(-0.27, 0.58, -0.12), new Color3(1, 0.55, 0.25)).toMesh(`${name} antenna tip`, scene);
    const bar = new Geometry().add(block(0.16, 0.03, 0.02, { bevel: 0.01 }), place(0, -0.015, 0), new Color3(0.62, 0.96, 0.9));
    const mouth = bar.toMesh(`${name} mouth`, scene);
    mouth.position.set(0, 0.105, 0.352);
    eyes.material = mouth.material = tip.material = glow;

    head.parent = body;
    head.position.y = neckHeight;
    eyes.parent = mouth.parent = tip.parent = head;
    return { body, head, eyes, mouth };
}

function buildBody(color: Color3): Geometry {
    const body = new Geometry();
    const belt = [
        [-0.3, 0],
        [0.3, 0],
        [0.42, 0.13],
        [0.4, 0.28],
        [0.3, 0.35],
        [-0.3, 0.35],
        [-0.4, 0.28],
        [-0.42, 0.13],
    ] as const;
    for (const side of [-1, 1]) {
        body.add(extrude(belt, 0.17), place(side * 0.29, 0, 0), dark);
        for (const z of [-0.25, 0, 0.25]) {
            body.add(cylinder(0.11, 0.05, { sides: 12 }), place(side * 0.36, 0.16, z, { roll: (-side * Math.PI) / 2 }), steel);
            body.add(cylinder(0.05, 0.07, { sides: 8 }), place(side * 0.36, 0.16, z, { roll: (-side * Math.PI) / 2 }), color);
        }
        body.add(block(0.2, 0.05, 0.7, { bevel: 0.02 }), place(side * 0.29, 0.37, 0), color);

        const shoulder = place(side * 0.4, 0.95, 0);
        body.add(lathe([[0.05, -0.14], [0.13, -0.08], [0.15, 0], [0.12, 0.09], [0.04, 0.13]], 12), shoulder, color); // prettier-ignore
        const arm = place(side * 0.42, 0.92, 0.02, { pitch: Math.PI - 0.5, roll: side * 0.1 });
        body.add(cylinder(0.06, 0.3, { sides: 8 }), arm, steel);
        const forearm = place(side * 0.455, 0.66, 0.15, { pitch: Math.PI / 2 - 0.25 });
        body.add(cylinder(0.075, 0.28, { sides: 10, top: 0.095 }), forearm, color);
        body.add(block(0.1, 0.1, 0.07, { bevel: 0.03 }), place(0, 0.28, 0, {}, forearm), dark);
    }
    body.add(block(0.42, 0.24, 0.56, { bevel: 0.06 }), place(0, 0.14, 0), steel);
    body.add(cylinder(0.15, 0.24, { sides: 12, top: 0.12 }), place(0, 0.36, 0), dark);
    body.add(block(0.52, 0.56, 0.4, { bevel: 0.1, taper: 1.12 }), place(0, 0.54, 0), color);
    body.add(block(0.34, 0.24, 0.06, { bevel: 0.03 }), place(0, 0.76, 0.2), cream);
    for (const y of [0.8, 0.86, 0.92]) {
        body.add(block(0.24, 0.025, 0.02, { bevel: 0.005 }), place(0, y, 0.255), dark);
    }
    body.add(block(0.34, 0.36, 0.14, { bevel: 0.05 }), place(0, 0.64, -0.25), shade(color, 0.7));
    body.add(cylinder(0.1, 0.14, { sides: 12 }), place(0, 1.08, 0), dark);
    return body;
}

function buildHead(color: Color3): Geometry {
    const head = new Geometry();
    const helmet = [
        [0.2, 0],
        [0.3, 0.05],
        [0.33, 0.17],
        [0.315, 0.28],
        [0.25, 0.38],
        [0.14, 0.45],
        [0.02, 0.47],
    ] as const;
    head.add(lathe(helmet, 20), place(0, 0, 0), color);
    head.add(block(0.4, 0.23, 0.12, { bevel: 0.05 }), place(0, 0.06, 0.285), glass);
    head.add(block(0.46, 0.05, 0.16, { bevel: 0.02 }), place(0, 0.28, 0.28, { pitch: 0.12 }), shade(color, 0.8));
    head.add(block(0.44, 0.04, 0.1, { bevel: 0.015 }), place(0, 0.03, 0.285), shade(color, 0.8));
    head.add(block(0.1, 0.035, 0.6, { bevel: 0.015 }), place(0, 0.455, 0), cream);
    for (const side of [-1, 1]) {
        const ear = place(side * 0.3, 0.17, 0, { roll: (-side * Math.PI) / 2 });
        head.add(cylinder(0.13, 0.06, { sides: 16 }), ear, dark);
        head.add(cylinder(0.1, 0.1, { sides: 16, top: 0.08 }), ear, cream);
    }
    head.add(cylinder(0.012, 0.24, { sides: 5 }), place(0.36, 0.12, 0.02, { pitch: 1.45, yaw: -0.55 }), dark);
    head.add(cylinder(0.012, 0.36, { sides: 5, top: 0.006 }), place(-0.27, 0.24, -0.12), dark);
    return head;
}
