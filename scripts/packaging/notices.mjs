// The licences of the packages that went into the bundles, as those licences ask for.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** `metafiles` are what esbuild tells about its bundles; `files` are further files that are copied from packages. */
export function collectNotices(metafiles, files = []) {
  const inputs = [...metafiles.flatMap((metafile) => Object.keys(metafile.inputs)), ...files]
  const folders = new Set(inputs.map(packageFolder).filter(Boolean))
  const notices = [...folders].sort().map(describePackage)
  return `LLM Providers contains these packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`
}

/** The innermost package of a file; undefined for our own. */
export function packageFolder(file) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]
}

function describePackage(folder) {
  const {
    name,
    version,
    license = 'no licence named',
  } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8').trim())
  return `${name} ${version} (${license})\n\n${texts.join('\n\n') || 'The package carries no licence text.'}\n`
}
