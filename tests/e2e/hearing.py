"""Voices of pages as tones: what a page says into its microphone, and which tones it hears in its call."""

from __future__ import annotations

from playwright.sync_api import Page

CUSTOMER, AGENT, LEADER = 440, 1000, 1700
"""Hz; the carrier's subscribers whose number ends in 20 to 29 play the first."""

_SPEAK = """navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext(), tone = context.createOscillator(), out = context.createMediaStreamDestination();
  tone.frequency.value = HZ;
  const quieter = new GainNode(context, { gain: 0.1 }); // three loud tones together would be cut off, and each would hear its own
  tone.connect(quieter).connect(out);
  tone.start();
  return out.stream;
}"""
_LISTEN = """async (tones) => {
  const context = new AudioContext({ sampleRate: 16000 }), ear = context.createAnalyser();
  Object.assign(ear, { fftSize: 4096, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(document.querySelector(".phone-voice").srcObject).connect(ear);
  await new Promise((done) => setTimeout(done, 600));
  const loudness = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(loudness);
  await context.close();
  const near = (hz) => Math.max(...loudness.slice(Math.round((hz - 15) * 4096 / 16000), Math.round((hz + 15) * 4096 / 16000) + 1));
  return tones.map(near);
}"""
_LOUD_DB = -60


def speaks(page: Page, hz: int) -> Page:
    """From its next load on the page's microphone is a tone."""
    page.add_init_script(_SPEAK.replace("HZ", str(hz)))
    return page


def heard(page: Page) -> set[int]:
    """The tones that the page's call has now."""
    tones = [CUSTOMER, AGENT, LEADER]
    return {hz for hz, db in zip(tones, page.evaluate(_LISTEN, tones), strict=True) if db > _LOUD_DB}
