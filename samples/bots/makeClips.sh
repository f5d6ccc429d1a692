#!/usr/bin/env bash
# Generates the recorded phrases of the bots: clips/<voice>/<number>.opus, 48 kHz mono, 20 ms Opus frames at about 24 kbit/s.
# Requires espeak-ng, sox and opus-tools (opusenc). The results are committed, so only a new phrase needs this script.
set -euo pipefail
cd "$(dirname "$0")"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

level=-20 # dBFS RMS during speech: about the level that a browser's automatic gain control produces

# say <voice> <number> <espeak-ng voice> <pitch 0-99> <words a minute> <sox pitch shift in cents> <text>
say() {
    local raw="$work/raw.wav" shaped="$work/shaped.wav" even="$work/even.wav" out="clips/$1/$2.opus"
    mkdir -p "clips/$1"
    espeak-ng -v "$3" -p "$4" -s "$5" -a 120 -w "$raw" "$7"
    # Filters the synthesiser's buzz at both ends of the spectrum, compresses the dynamics, and trims the silence around the phrase.
    sox "$raw" -r 48000 -c 1 "$shaped" \
        gain -6 pitch "$6" highpass 100 lowpass 7500 equalizer 3200 1.2q -4 equalizer 220 0.9q 2 \
        compand 0.005,0.12 6:-60,-60,-30,-18,0,-8 0 -60 0.02 \
        silence 1 0.01 0.2% reverse silence 1 0.01 0.2% reverse
    local rms
    rms=$(sox "$shaped" -n stats 2>&1 | awk '/^RMS lev dB/ { print $4 }')
    # The fades prevent clicks in the first and last frame. The 60 ms of silence let the decoder fade out.
    sox "$shaped" "$even" gain -l "$(awk -v have="$rms" -v want="$level" 'BEGIN { print want - have }')" fade t 0.01 -0 0.03 pad 0.02 0.06
    opusenc --quiet --speech --vbr --bitrate 24 --comp 10 --framesize 20 --downmix-mono \
        --padding 0 --discard-comments --serial 1 "$even" "$out"
}

# voice <name> <espeak-ng voice> <pitch> <words a minute> <cents> <phrase>...
voice() {
    local name=$1 number=1
    for phrase in "${@:6}"; do
        say "$name" "$number" "$2" "$3" "$4" "$5" "$phrase"
        number=$((number + 1))
    done
}

rm -rf clips

voice rowan en-us+m3 30 150 -120 \
    "Over here, behind the tower." \
    "Do you hear me from where I stand?" \
    "Walk around me. My voice stays where I am." \
    "Hold this corner. I will watch the road." \
    "Turn your head, and I move to your other ear."

voice hazel en-gb-x-rp+f3 62 165 80 \
    "Contact, left side!" \
    "I am over here. Come a little closer." \
    "Step away, and I grow quieter." \
    "Nobody has seen us yet. Keep low." \
    "You can silence me in the panel, if you must."

voice finn en-gb-scotland+m7 12 135 -260 \
    "All quiet on my side." \
    "Two steps back, and mind the crates." \
    "Close your eyes, and point at me." \
    "I have been standing here all day, you know." \
    "Somebody should guard the gate."

voice juno en-us+f5 80 180 160 \
    "Hello, hello! Which way are you facing?" \
    "Follow my voice, I know the way!" \
    "Is that you by the wall?" \
    "Supplies are on the right, just past the ramp." \
    "Ready when you are!"

du -cb clips/*/*.opus | tail -n 1
