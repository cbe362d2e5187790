// A software bill of materials in CycloneDX 1.6: the packages of which something went into the bundles. `npm sbom` tells what is installed,
// which for a bundled product is three hundred tools and none of what it ships.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { packageFolder } from './notices.mjs'

/**
 * `metafiles` are what esbuild tells about its bundles; `files` are further files that are copied from packages. No time and no serial
 * number, so that the same bundles have the same list.
 */
export function describeMaterials(metafiles, files, root = '.') {
  const { version } = readJson(path.join(root, 'package.json'))
  const { packages } = readJson(path.join(root, 'package-lock.json'))
  const inputs = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap((output) => usedInputs(output)))
  const folders = [...new Set([...inputs, ...files].map(packageFolder).filter(Boolean))].sort()
  const described = folders.map((folder) => describeComponent(root, folder, packages[folder]))
  // One version may lie in several folders.
  const components = [...new Map(described.map((component) => [component.purl, component])).values()]
  const product = {
    ...{ type: 'application', 'bom-ref': `pkg:npm/llm-providers@${version}`, name: 'llm-providers', version },
    ...{ licenses: [{ license: { id: 'MIT' } }], purl: `pkg:npm/llm-providers@${version}` },
  }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: product },
    components,
    dependencies: [{ ref: product['bom-ref'], dependsOn: components.map((component) => component['bom-ref']) }],
  }
  return `${JSON.stringify(document, null, 1)}\n`
}

/** What was looked at and left out is not in the package. */
function usedInputs({ inputs }) {
  return Object.entries(inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file)
}

/** `locked`: what package-lock.json says of the folder; its hash is that of the package's tarball. */
function describeComponent(root, folder, locked) {
  const { name, version, license } = readJson(path.join(root, folder, 'package.json'))
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`
  const [, digest] = /^sha512-(.+)$/.exec(locked?.integrity ?? '') ?? []
  return {
    ...{ type: 'library', 'bom-ref': purl, name, version, purl },
    ...(license ? { licenses: [licenceOf(license)] } : {}),
    ...(digest ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] } : {}),
  }
}

function licenceOf(license) {
  if (/[\s()]/.test(license)) return { expression: license }
  return { license: { id: license } }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
