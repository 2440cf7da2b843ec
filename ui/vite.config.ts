import { fileURLToPath } from "node:url";
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const INPUTS: Record<string, string> = { screens: "./screens.html", overlay: "./src/overlay/main.ts" };
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * `--mode screens` builds the page of designed states instead of the program's window; `--mode overlay` the page that OBS
 * shows the chat with, beside the window: it shares no chunk with it, for it is served alone.
 */
export default defineConfig(({ mode }) => ({
  plugins:
    mode === "overlay"
      ? []
      : [
          paraglideVitePlugin({
            project: here("./project.inlang"),
            outdir: here("./src/paraglide"),
            strategy: ["baseLocale"],
          }),
          svelte(),
        ],
  base: "./",
  // In a test the browser's build of Svelte is wanted, not the server's.
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  publicDir: "public",
  build: {
    target: "es2022",
    outDir: mode === "screens" ? here("../target/screens-site") : here("./dist"),
    emptyOutDir: mode !== "overlay",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: here(INPUTS[mode] ?? "./index.html"),
      // Of the overlay the program serves these two names.
      output: mode === "overlay" ? { entryFileNames: "overlay.js", assetFileNames: "overlay[extname]" } : {},
      checks: { pluginTimings: false },
    },
  },
  server: { port: 5173, strictPort: true },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], setupFiles: ["./src/test.setup.ts"] },
}));
