import { copyFileSync } from "node:fs";
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

// The built page is committed, so its place is fixed and its bytes depend on nothing but the source.
const template = {
  name: "template",
  closeBundle() {
    copyFileSync("dist/index.html", process.env.TENTHRULE_TEMPLATE ?? "template.html");
  },
};

export default defineConfig({
  plugins: [viteSingleFile({ removeViteModuleLoader: true }), template],
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: { target: "es2020", modulePreload: false, reportCompressedSize: false },
  logLevel: "warn",
});
