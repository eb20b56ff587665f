import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "**/node_modules/",
      "**/.tandem/",
      "examples/*/ffmpeg/",
      "scripts/",
      "*.mjs",
      "*.cjs",
      "**/*.js",
    ],
  },
  ...tseslint.configs.strict,
  {
    files: ["**/*.ts"],
    plugins: { "@pulumi": pulumi },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/explicit-member-accessibility": "error",
      // What costs much to load is required where it is used.
      "@typescript-eslint/no-require-imports": "off",
      // chai's assertions are added to in its namespace.
      "@typescript-eslint/no-namespace": ["error", { allowDeclarations: true }],
      // A static class may hold a private constructor; decorations such as `void` results are deliberate.
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/no-invalid-void-type": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // chai's assertions read as expressions.
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-empty-function": "off",
    },
  },
);
