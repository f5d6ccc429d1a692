import { Constants } from "@babylonjs/core/Engines/constants.js";
import { RawTexture } from "@babylonjs/core/Materials/Textures/rawTexture.js";
import { ShaderMaterial } from "@babylonjs/core/Materials/shaderMaterial.js";
import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateSphere } from "@babylonjs/core/Meshes/Builders/sphereBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { fractalNoise } from "../modelling/noise.js";
import { palette } from "./palette.js";

const vertexSource = `
precision highp float;
attribute vec3 position;
uniform mat4 worldViewProjection;
varying vec3 direction;
void main() {
    direction = position;
    gl_Position = worldViewProjection * vec4(position, 1.0);
    gl_Position.z = gl_Position.w * 0.9999;
}`;

const fragmentSource = `
precision highp float;
varying vec3 direction;
uniform vec3 sunDirection, sunColor, horizon, zenith, haze;
uniform float time;
uniform sampler2D clouds;

void main() {
    vec3 ray = normalize(direction);
    float height = max(ray.y, 0.0);
    float towardsSun = max(dot(ray, sunDirection), 0.0);
    vec3 low = mix(haze, horizon, pow(towardsSun, 2.0));
    vec3 sky = mix(low, zenith, pow(smoothstep(0.0, 0.75, height), 0.62));
    sky += sunColor * (0.35 * pow(towardsSun, 6.0) * (1.0 - height) + 0.55 * pow(towardsSun, 90.0));

    vec2 plane = ray.xz / (height + 0.16);
    float thick = texture2D(clouds, plane * 0.11 + vec2(time * 0.0012, 0.0)).r;
    thick = thick * 0.72 + 0.28 * texture2D(clouds, plane * 0.37 + vec2(time * 0.003, 0.4)).r;
    float cover = smoothstep(0.5, 0.74, thick) * smoothstep(0.02, 0.22, height);
    vec3 lit = mix(vec3(0.93, 0.66, 0.55), vec3(1.0, 0.86, 0.62), pow(towardsSun, 1.5));
    vec3 shadowed = mix(vec3(0.52, 0.45, 0.52), horizon, pow(towardsSun, 3.0));
    sky = mix(sky, mix(lit, shadowed, smoothstep(0.58, 0.86, thick)), cover * 0.85);

    sky += sunColor * 1.2 * smoothstep(0.9993, 0.9997, towardsSun) * (1.0 - 0.6 * cover);
    gl_FragColor = vec4(sky, 1.0);
}`;

/**
 * Creates a dome on which a shader draws the sky, the sun and moving clouds.
 * @param sunDirection - unit vector from the scene to the sun
 */
export function createSky(scene: Scene, sunDirection: Vector3): Mesh {
    const material = new ShaderMaterial("sky", scene, { vertexSource, fragmentSource }, { uniforms: ["worldViewProjection"] });
    material.setVector3("sunDirection", sunDirection);
    material.setColor3("sunColor", palette.sun);
    material.setColor3("horizon", palette.horizon);
    material.setColor3("zenith", palette.zenith);
    material.setColor3("haze", palette.haze);
    material.setTexture("clouds", createClouds(scene));
    material.backFaceCulling = false;
    material.disableDepthWrite = true;

    const dome = CreateSphere("sky", { diameter: 2, segments: 24 }, scene);
    dome.material = material;
    dome.infiniteDistance = true;
    dome.scaling.setAll(200);
    dome.isPickable = false;
    dome.alwaysSelectAsActiveMesh = true;
    const start = performance.now();
    scene.onBeforeRenderObservable.add(() => material.setFloat("time", (performance.now() - start) / 1000));
    return dome;
}

function createClouds(scene: Scene): RawTexture {
    const size = 256;
    const data = Uint8Array.from({ length: size * size }, (_, index) => {
        const [u, v] = [(index % size) / size, Math.floor(index / size) / size];
        return 255 * fractalNoise(u * 6, v * 6, 6, 6);
    });
    const texture = RawTexture.CreateRTexture(
        data,
        size,
        size,
        scene,
        true,
        false,
        Constants.TEXTURE_TRILINEAR_SAMPLINGMODE,
        Constants.TEXTURETYPE_UNSIGNED_BYTE,
    );
    texture.wrapU = texture.wrapV = Constants.TEXTURE_WRAP_ADDRESSMODE;
    return texture;
}
