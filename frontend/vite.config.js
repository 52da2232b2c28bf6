// One build, one manifest: the page frame and one entry per island. Django finds them by the manifest.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/built/",
  build: {
    outDir: "../src/chot/web/static/built",
    emptyOutDir: true,
    manifest: "manifest.json",
    chunkSizeWarningLimit: 900, // charts, loaded on pages that draw
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or fonts
    rollupOptions: {
      input: {
        main: "src/main.ts", replay: "src/replay.ts", charts: "src/charts.ts", goals: "src/goals.ts", live: "src/live.ts", roster: "src/roster.ts", scale: "src/scale.ts", phone_recording: "src/phone_recording.ts", softphone: "src/softphone.ts", targets: "src/targets.ts", wallboard: "src/wallboard.ts",
      },
    },
  },
});
