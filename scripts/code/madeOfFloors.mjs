import { drawFloors } from './drawFloors.mjs'
import { importOverrides } from './lintRules.mjs'
import { readCode } from './readCode.mjs'

/** What is made from floors.mjs and from the imports of the code: path of the file -> its text. */
export function madeOfFloors(root) {
  return { 'biome.imports.json': lintConfiguration(), 'docs/images/floors.svg': drawFloors(readCode(root)) }
}

/** One override a line: the file is read by the linter, and by people only where they doubt it. */
function lintConfiguration() {
  const lines = importOverrides().map((override) => `    ${JSON.stringify(override)}`)
  return `{\n  "overrides": [\n${lines.join(',\n')}\n  ]\n}\n`
}
