import { fileURLToPath } from "node:url";
import { paraglideVitePlugin } from "@inlang/paraglide-js";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** `--mode screens` builds the page of designed states instead of the program's window. */
export default defineConfig(({ mode }) => ({
  plugins: [
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
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: here(mode === "screens" ? "./screens.html" : "./index.html"),
      checks: { pluginTimings: false },
    },
  },
  server: { port: 5173, strictPort: true },
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], setupFiles: ["./src/test.setup.ts"] },
}));
