// Voice chat around a campfire. Paste it into https://playground.babylonjs.com; docs/playground.md describes how.
export const createScene = async function () {
    // The only line to edit: the URL of your room server, which `npm start` runs. It also serves the library's files.
    const server = location.hostname === "playground.babylonjs.com" ? "http://localhost:8080" : location.origin;
    if (!globalThis.BABYLONRTC?.GUI) {
        for (const file of ["rxjs.umd.min.js", "babylon-rtc.umd.js", "babylon-rtc-gui.umd.js"]) {
            await BABYLON.Tools.LoadScriptAsync(`${server}/playground/${file}`);
        }
    }

    const { Color3, MeshBuilder, Vector3 } = BABYLON;
    const scene = new BABYLON.Scene(engine);
    const canvas = engine.getRenderingCanvas();
    const eyes = new BABYLON.UniversalCamera("eyes", Vector3.Zero(), scene);
    const shadows = makeSurroundings();

    // In front of the fire, looking at it and the bots. W A S D or the arrow keys walk, the mouse turns the camera.
    const angle = Math.PI + 0.6 * (Math.random() - 0.5);
    eyes.position.set(8.5 * Math.sin(angle), 1.6, 8.5 * Math.cos(angle));
    eyes.setTarget(new Vector3(0, 1.2, 0));
    eyes.attachControl(true);
    eyes.keysUp.push(87);
    eyes.keysLeft.push(65);
    eyes.keysDown.push(83);
    eyes.keysRight.push(68);
    [eyes.speed, eyes.inertia, eyes.minZ, eyes.fov] = [0.12, 0.7, 0.1, 1];
    // Dragging a finger turns the camera by the dragged distance. Babylon's touch input would keep turning while the finger is held.
    eyes.inputs.removeByType("FreeCameraTouchInput");
    eyes.inputs.attached.mouse.touchEnabled = true;
    eyes.angularSensibility = 1000;
    if (canvas.clientHeight > canvas.clientWidth) {
        eyes.fovMode = BABYLON.Camera.FOVMODE_HORIZONTAL_FIXED;
    }

    /** Avatars of the other members, by member id. */
    const figures = new Map();
    scene.onBeforeRenderObservable.add(() => {
        // Keep the camera on the ground, out of the fire and out of the woods.
        const distance = Math.hypot(eyes.position.x, eyes.position.z) || 1;
        const allowed = Math.min(12, Math.max(1.5, distance)) / distance;
        eyes.position.set(eyes.position.x * allowed, 1.6, eyes.position.z * allowed);
        // Other avatars move smoothly to their last received position.
        const share = 1 - Math.exp(-engine.getDeltaTime() / 80);
        for (const { body, to } of figures.values()) {
            Vector3.LerpToRef(body.position, to, share, body.position);
            body.rotation.y += Math.atan2(Math.sin(to.turn - body.rotation.y), Math.cos(to.turn - body.rotation.y)) * share;
        }
    });

    // Voice chat. Browsers start sound only after a click, here on the card's button.
    const card = makeCard("Around the fire", async (name) => {
        const plugin = await BABYLONRTC.RtcPlugin.AddToSceneAsync(scene, {
            server,
            user: { name, attributes: { color: Color3.FromHSV(360 * Math.random(), 0.62, 0.85).toHexString() } },
            avatarOf: (member) => figures.get(member.id)?.head ?? null,
        });
        const gui = new BABYLONRTC.GUI.VoiceGui(scene, plugin, {
            help: { keys: "W A S D: walk     Mouse: look around", touch: "Drag to look around" },
            leave,
        });
        const timer = setInterval(tellPose, 100);
        let members = new Map();
        plugin.room.members$.subscribe((present) => {
            members = present;
            keepOnly(members);
        });
        plugin.room.messages$.subscribe(({ from, topic, data }) => {
            // Senders choose the content of messages, so it is checked before it is used.
            const [x, , z] = Array.isArray(data?.p) ? data.p : [];
            const member = members.get(from);
            if (topic === "pose" && member && [x, z, data.r].every(Number.isFinite)) {
                if (!figures.has(from)) {
                    figures.set(from, makeFigure(member, plugin.rtc));
                    figures.get(from).body.position.set(x, 0, z);
                }
                Object.assign(figures.get(from).to, { x, z, turn: data.r });
            }
        });
        scene.onDisposeObservable.add(() => clearInterval(timer));
        await plugin.room.joinAsync("lobby").catch((error) => {
            leave();
            throw error;
        });
        canvas.focus();

        function tellPose() {
            const { x, z } = eyes.position;
            plugin.room.send("pose", { p: [x, 0, z], r: eyes.rotation.y });
        }
        function leave() {
            clearInterval(timer);
            gui.dispose();
            plugin.dispose();
            keepOnly(new Map());
            card.hidden = false;
        }
    });
    scene.onDisposeObservable.add(() => card.remove());
    return scene;

    function keepOnly(members) {
        for (const [id, { body }] of figures) {
            if (!members.has(id)) {
                body.dispose();
                figures.delete(id);
            }
        }
    }

    /** An avatar: a peg figure with a hat. Its name plate, speaking ring and mouth follow the voice. */
    function makeFigure({ id, name, attributes }, rtc) {
        const color = /^#[0-9a-f]{6}$/i.test(attributes.color) ? Color3.FromHexString(attributes.color) : Color3.Gray();
        const [cloth, wool] = [paint(color), paint(Color3.Lerp(color, Color3.White(), 0.6))];
        const [skin, dark] = [paint(Color3.FromHexString("#ffd9b3")), paint(Color3.FromHexString("#2b1d1a"))];
        const body = new BABYLON.TransformNode(name, scene);
        const part = (mesh, material, y, z = 0, x = 0) => {
            mesh.position.set(x, y, z);
            mesh.material = material;
            mesh.receiveShadows = true;
            shadows.addShadowCaster(mesh);
            return mesh;
        };
        const outline = [[0, 0], [0.3, 0], [0.34, 0.06], [0.33, 0.3], [0.25, 0.8], [0.2, 1], [0.12, 1.1], [0, 1.12]]; // prettier-ignore
        const shape = outline.map(([x, y]) => new Vector3(x, y, 0));
        part(MeshBuilder.CreateLathe("coat", { shape, tessellation: 32, closed: true }, scene), cloth, 0).parent = body;
        part(MeshBuilder.CreateTorus("scarf", { diameter: 0.36, thickness: 0.13 }, scene), wool, 1.06).parent = body;
        const head = part(MeshBuilder.CreateSphere("head", { diameter: 0.52 }, scene), skin, 1.36);
        head.parent = body;
        part(MeshBuilder.CreateSphere("hat", { diameter: 0.57, slice: 0.46 }, scene), cloth, 0.04, -0.02).parent = head;
        part(MeshBuilder.CreateTorus("brim", { diameter: 0.52, thickness: 0.1 }, scene), wool, 0.07, -0.02).parent = head;
        part(MeshBuilder.CreateSphere("bobble", { diameter: 0.16 }, scene), wool, 0.36, -0.02).parent = head;
        for (const side of [-1, 1]) {
            part(MeshBuilder.CreateSphere("eye", { diameter: 0.065 }, scene), dark, 0, 0.25, 0.09 * side).parent = head;
        }
        const mouth = part(
            MeshBuilder.CreateSphere("mouth", { diameterX: 0.12, diameterY: 0.03, diameterZ: 0.04 }, scene),
            dark,
            -0.1,
            0.235,
        );
        mouth.parent = head;
        mouth.addBehavior(new BABYLONRTC.LipSyncBehavior(BABYLONRTC.levelOf$(rtc, id), { open: 4 }));
        new BABYLONRTC.GUI.VoiceSigns(body, { rtc, memberId: id, name, height: 1.95, radius: 0.75 });
        return { body, head, to: Object.assign(Vector3.Zero(), { turn: 0 }) };
    }

    function paint(color, glow = 0.08) {
        const material = new BABYLON.StandardMaterial("paint", scene);
        material.diffuseColor = color;
        material.emissiveColor = color.scale(glow);
        material.specularColor = Color3.Black();
        return material;
    }

    /** Creates a clearing in the woods after sunset, with the fire. Returns the shadow generator. */
    function makeSurroundings() {
        const haze = Color3.FromHexString("#9c6a74");
        scene.fogMode = BABYLON.Scene.FOGMODE_EXP2;
        scene.fogColor = haze;
        scene.fogDensity = 0.018;

        const sky = MeshBuilder.CreateSphere("sky", { diameter: 400, sideOrientation: BABYLON.Mesh.BACKSIDE }, scene);
        const air = new BABYLON.DynamicTexture("sky", { width: 4, height: 512 }, scene, false);
        const brush = air.getContext();
        brush.fillStyle = brush.createLinearGradient(0, 512, 0, 0);
        for (const [at, color] of [
            [0, "#141c3f"],
            [0.3, "#2d3a72"],
            [0.42, "#8a5f86"],
            [0.49, "#f0a06c"],
            [0.52, "#9c6a74"],
        ]) {
            brush.fillStyle.addColorStop(at, color);
        }
        brush.fillRect(0, 0, 4, 512);
        air.update();
        sky.material = paint(Color3.Black());
        sky.material.emissiveTexture = air;
        sky.material.disableLighting = true;
        sky.applyFog = false;

        const dusk = new BABYLON.HemisphericLight("dusk", Vector3.Up(), scene);
        dusk.diffuse = Color3.FromHexString("#8f9fe0");
        dusk.groundColor = Color3.FromHexString("#5a3f38");
        dusk.intensity = 0.7;
        const sun = new BABYLON.DirectionalLight("last sun", new Vector3(0.8, -0.55, 0.5), scene);
        sun.position.set(-24, 18, -15);
        sun.diffuse = Color3.FromHexString("#ffb078");
        sun.intensity = 0.6;
        const generator = new BABYLON.ShadowGenerator(1024, sun);
        generator.usePercentageCloserFiltering = true;
        generator.setDarkness(0.25);

        const ground = MeshBuilder.CreateGround("ground", { width: 160, height: 160 }, scene);
        ground.material = paint(Color3.FromHexString("#4e6b3a"));
        ground.receiveShadows = true;
        const earth = MeshBuilder.CreateDisc("earth", { radius: 2.6, tessellation: 40 }, scene);
        earth.rotation.x = Math.PI / 2;
        earth.position.y = 0.01;
        earth.material = paint(Color3.FromHexString("#6b5140"));
        earth.receiveShadows = true;

        // Pseudo-random numbers with a fixed seed, so that all members see the same woods.
        let seed = 7;
        const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
        const needles = [0, 1, 2].map((i) => {
            const cone = MeshBuilder.CreateCylinder(
                "needles",
                { height: 2.4, diameterTop: 0, diameterBottom: 3 - 0.8 * i, tessellation: 7 },
                scene,
            );
            cone.position.y = 2.2 + 1.3 * i;
            return cone;
        });
        const crown = BABYLON.Mesh.MergeMeshes(needles);
        crown.convertToFlatShadedMesh();
        crown.material = paint(Color3.FromHexString("#2f5a44"));
        const trunk = MeshBuilder.CreateCylinder("trunk", { height: 1.4, diameter: 0.4, tessellation: 7 }, scene);
        trunk.material = paint(Color3.FromHexString("#4b342a"));
        crown.isVisible = trunk.isVisible = false;
        for (let i = 0; i < 90; i++) {
            const [turn, far, size] = [2 * Math.PI * chance(), 14 + 26 * chance(), 0.8 + 0.9 * chance()];
            for (const [source, y] of [
                [crown, 0],
                [trunk, 0.7 * size],
            ]) {
                const tree = source.createInstance("tree");
                tree.position.set(far * Math.sin(turn), y, far * Math.cos(turn));
                tree.rotation.y = turn * 5;
                tree.scaling.setAll(size);
                generator.addShadowCaster(tree);
            }
        }

        // Stones around the fire, firewood, and logs to sit on.
        const [stone, charred] = [paint(Color3.FromHexString("#7d7a80")), paint(Color3.FromHexString("#4b2c1c"), 0.9)];
        charred.disableLighting = true;
        for (let i = 0; i < 12; i++) {
            const rock = MeshBuilder.CreateIcoSphere("stone", { radius: 0.2 + 0.05 * chance(), subdivisions: 1 }, scene);
            rock.position.set(0.95 * Math.sin(i * 0.524), 0.08, 0.95 * Math.cos(i * 0.524));
            rock.rotation.set(i, 2 * i, 0);
            rock.material = stone;
        }
        for (let i = 0; i < 6; i++) {
            const log = MeshBuilder.CreateCylinder("log", { height: 1.1, diameterTop: 0.1, diameterBottom: 0.16, tessellation: 8 }, scene);
            log.rotation.set(0.75, i * 1.047, 0);
            log.position.set(-0.3 * Math.sin(i * 1.047), 0.36, -0.3 * Math.cos(i * 1.047));
            log.material = charred;
        }
        for (const turn of [0.5, 2.6, 4.7]) {
            const seat = MeshBuilder.CreateCylinder("seat", { height: 2.2, diameter: 0.5, tessellation: 12 }, scene);
            seat.rotation.set(0, turn, Math.PI / 2);
            seat.position.set(3.3 * Math.sin(turn), 0.22, 3.3 * Math.cos(turn));
            seat.material = trunk.material;
            seat.receiveShadows = true;
            generator.addShadowCaster(seat);
        }

        const spot = new BABYLON.DynamicTexture("flame", 64, scene, false);
        const glow = spot.getContext();
        glow.fillStyle = glow.createRadialGradient(32, 32, 0, 32, 32, 32);
        glow.fillStyle.addColorStop(0, "#ffffffff");
        glow.fillStyle.addColorStop(1, "#ffffff00");
        glow.fillRect(0, 0, 64, 64);
        spot.hasAlpha = true;
        spot.update();
        const flames = new BABYLON.ParticleSystem("flames", 300, scene);
        flames.particleTexture = spot;
        flames.blendMode = BABYLON.ParticleSystem.BLENDMODE_ADD;
        flames.emitter = new Vector3(0, 0.2, 0);
        flames.createCylinderEmitter(0.28, 0.1, 1, 0);
        flames.addColorGradient(0, new BABYLON.Color4(1, 0.75, 0.3, 0));
        flames.addColorGradient(0.2, new BABYLON.Color4(1, 0.5, 0.12, 0.8));
        flames.addColorGradient(1, new BABYLON.Color4(0.8, 0.1, 0.05, 0));
        flames.addSizeGradient(0, 0.6, 0.85);
        flames.addSizeGradient(1, 0.1, 0.15);
        [flames.minLifeTime, flames.maxLifeTime, flames.emitRate] = [0.3, 0.7, 300];
        [flames.minEmitPower, flames.maxEmitPower] = [0.3, 0.8];
        flames.gravity = new Vector3(0, 5, 0);
        flames.preWarmCycles = 100;
        flames.start();
        const fire = new BABYLON.PointLight("fire", new Vector3(0, 1, 0), scene);
        fire.diffuse = Color3.FromHexString("#ff8a3c");
        fire.range = 14;
        scene.onBeforeRenderObservable.add(() => {
            const t = performance.now() / 1000;
            // Limit the time step: at a low frame rate, a flame would otherwise end within one step.
            flames.updateSpeed = 0.01 * Math.min(1, 3 / scene.getAnimationRatio());
            fire.intensity = 1.1 + 0.12 * Math.sin(11 * t) + 0.1 * Math.sin(17.3 * t);
        });
        return generator;
    }

    /** A card over the scene that asks for a name. While `enter` runs, its button is disabled. If `enter` fails, the card shows the error. */
    function makeCard(title, enter) {
        const form = document.createElement("form");
        form.innerHTML = `<style>
            #voice-card { position: absolute; inset: 0; margin: auto; width: 19rem; height: max-content; max-width: 80%; box-sizing: border-box;
                padding: 1.6rem; display: grid; gap: 0.9rem; border-radius: 18px; background: #141922e6; color: #f4f7fb;
                border: 1px solid #ffffff2b; box-shadow: 0 12px 40px #0008; font: 1rem/1.4 Inter, "Segoe UI", system-ui, sans-serif; }
            #voice-card[hidden] { display: none; }
            #voice-card h1 { margin: 0; font-size: 1.5rem; } #voice-card p { margin: 0; color: #b3bfcc; }
            #voice-card label { display: grid; gap: 0.3rem; color: #b3bfcc; }
            #voice-card input, #voice-card button { font: inherit; padding: 0.7rem 0.9rem; border-radius: 10px; }
            #voice-card input { border: 1px solid #ffffff55; background: #ffffff14; color: inherit; color: #f4f7fb; }
            #voice-card button { border: 0; background: #ffb454; color: #2b1a08; font-weight: 650; cursor: pointer; }
            #voice-card button:disabled { opacity: 0.55; cursor: default; }
            #voice-card :focus-visible { outline: 3px solid #62c4ff; outline-offset: 2px; }
            #voice-card [role="alert"] { color: #ff8a78; } #voice-card [role="alert"]:empty { display: none; }
            </style><h1></h1><p>Everybody is heard from where they stand. Put your headphones on.</p>
            <label>Your name <input required maxlength="40" autocomplete="nickname" /></label><p role="alert"></p><button>Enter</button>`;
        form.id = "voice-card";
        const [input, button, alert] = ["input", "button", "[role=alert]"].map((each) => form.querySelector(each));
        form.querySelector("h1").append(title);
        input.value = `Camper ${Math.floor(10 + 90 * Math.random())}`;
        form.addEventListener("submit", async (event) => {
            event.preventDefault();
            button.disabled = true;
            alert.textContent = "";
            try {
                await enter(input.value);
                form.hidden = true;
            } catch (error) {
                alert.textContent = error.message;
            }
            button.disabled = false;
        });
        canvas.parentElement.append(form);
        return form;
    }
};
