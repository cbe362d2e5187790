// What has to be in the VSIX, and that nothing else is.

export const maxBytes = 3_000_000

/**
 * What may be there. vsce gives the documents their own names, and makes the pictures of the README addresses of the repository on the
 * web: docs/images stays out, the film among it, which alone is half of what the package may weigh.
 */
const allowed = [
  /^\[Content_Types\]\.xml$/,
  /^extension\.vsixmanifest$/,
  /^extension\/package(\.nls(\.[a-z-]+)?)?\.json$/,
  /^extension\/(readme|changelog)\.md$/,
  /^extension\/LICENSE\.txt$/,
  /^extension\/dist\/[\w-]+\.js$/,
  /^extension\/dist\/(package|sbom\.cdx)\.json$/,
  /^extension\/dist\/sql-wasm\.wasm$/,
  /^extension\/dist\/third-party-notices\.txt$/,
  /^extension\/dist\/migrations\/\d{4}_\w+\.sql$/,
  /^extension\/dist\/webview\/[\w-]+\.(js|css|ttf|svg)$/,
  /^extension\/media\/[\w-]+\.(svg|png|tmLanguage\.json)$/,
  /^extension\/media\/page\.tmLanguage\.json$/,
  /^extension\/media\/walkthrough\/[\w-]+\.webp$/,
  /^extension\/schemas\/[\w-]+\.schema\.json$/,
  /^extension\/l10n\/bundle\.l10n\.[a-z-]+\.json$/,
  /^extension\/samples\/(issues\.jsonl|profile\.yaml)$/,
]

const documents = ['extension/package.json', 'extension/readme.md', 'extension/changelog.md', 'extension/LICENSE.txt']

/** Everything wrong with the package, as sentences. `distFiles` are the paths that the build made, from the root. */
export function findProblems({ entries, size, manifest, distFiles }) {
  const present = new Set(entries.map((entry) => entry.name))
  const required = [...documents, ...[...distFiles, ...namedFiles(manifest)].map((file) => `extension/${file}`)]
  return [
    ...[...new Set(required)].filter((name) => !present.has(name)).map((name) => `missing: ${name}`),
    ...[...present]
      .filter((name) => !allowed.some((pattern) => pattern.test(name)))
      .map((name) => `unexpected: ${name}`),
    ...entries.filter((entry) => entry.bytes === 0).map((entry) => `empty: ${entry.name}`),
    ...(size > maxBytes ? [`too large: ${size} of at most ${maxBytes} bytes`] : []),
  ]
}

/** The files that the manifest names: entry points, and pictures and grammars wherever they are. */
function namedFiles(manifest) {
  const contributed = JSON.stringify(manifest.contributes ?? {}).matchAll(
    /"(?:\.\/)?([\w./-]+\.(?:svg|png|webp|json))"/g,
  )
  const files = [...contributed].map(([, file]) => file)
  return [
    manifest.main,
    ...Object.values(manifest.bin ?? {}),
    manifest.icon,
    // A command opens them.
    'samples/issues.jsonl',
    'samples/profile.yaml',
    // The editor looks for them by itself, and shows English where they are missing; the bundle of English words is for translators.
    ...['package.nls.json', 'package.nls.de.json', 'l10n/bundle.l10n.de.json'],
    ...files,
  ]
    .filter(Boolean)
    .map((file) => file.replace(/^\.\//, ''))
}
