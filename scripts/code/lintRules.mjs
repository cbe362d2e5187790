// biome.imports.json says which import is refused. Here are the rules in words; there is one override a room, because the linter takes
// the options of the last override that fits a file and forgets those of the others.
import { floors, sees } from './floors.mjs'

const programs = Object.keys(floors)

const onlyWholeZod = {
  group: ['zod'],
  importNamePattern: '\\*',
  invertImportNamePattern: true,
  message: "Import zod as `import * as z from 'zod'`: only that keeps bundles small.",
}

/** Packages that have one home. `files`: where they may be imported. */
const owned = [
  { files: ['client/**'], group: ['vscode'], message: 'Only client/ knows the editor.' },
  {
    files: ['server/store/sqlite.ts'],
    group: ['sql.js', 'sql.js/**'],
    message: 'Only server/store/sqlite.ts knows sql.js.',
  },
  ...[
    ['openai', 'openai'],
    ['anthropic', '@anthropic-ai/sdk'],
    ['ollama', 'ollama'],
  ].map(([family, sdk]) => ({
    files: [`server/providers/${family}*.ts`],
    group: [sdk, `${sdk}/**`],
    message: 'Each SDK belongs to its one file in server/providers/.',
  })),
  {
    files: ['cli/mcp/sdk.ts'],
    group: ['@modelcontextprotocol/**'],
    message: 'Only cli/mcp/sdk.ts knows the SDK of MCP, and is loaded late.',
  },
  {
    files: ['webview/toolkit.tsx'],
    group: ['@vscode/webview-ui-toolkit', '@vscode/webview-ui-toolkit/**', '@microsoft/fast-*'],
    message: 'Only webview/toolkit.tsx knows the toolkit.',
  },
]

/** Rooms that take no package and no Node: what they may import, as the linter writes it. */
const pure = {
  protocol: { allowed: ['zod', './**', '../*.ts'], message: 'The contract is a leaf: it imports zod and itself.' },
  shared: {
    allowed: ['./**', '../*.ts', '../{describe,keys}/**', '../protocol/**', '../../protocol/**'],
    message: 'What all surfaces share is pure: it imports protocol/ and itself.',
  },
  'server/domain': {
    allowed: ['./**', '../../protocol/**', '../../shared/**', 'jsonrepair'],
    message: 'The domain is pure: it imports protocol/, shared/, itself and what mends JSON.',
  },
}

/** @returns {object[]} The overrides for the linter, in an order in which the last one that fits a file is right. */
export function importOverrides() {
  const overrides = []
  for (const program of programs) {
    overrides.push(override(`${program}/**`, rulesOf(program, null)))
    for (const room of floors[program]) {
      const isFile = room.includes('.')
      overrides.push(override(`${program}/${room}${isFile ? '' : '/**'}`, rulesOf(program, room)))
    }
    for (const { files } of owned)
      for (const file of files)
        if (file.startsWith(`${program}/`) && file !== `${program}/**`)
          overrides.push(override(file, rulesOf(program, roomOfPattern(program, file), file)))
  }
  overrides.push(override('test/**', [onlyWholeZod]))
  return overrides
}

function roomOfPattern(program, file) {
  const name = file.split('/')[1]
  return floors[program].includes(name) ? name : null
}

function override(includes, patterns) {
  const level = { level: 'error', options: { patterns } }
  return { includes: [includes], linter: { rules: { style: { noRestrictedImports: level } } } }
}

/** What is refused in a room of a program; `file`: in these files of it, which may own a package. */
function rulesOf(program, room, file = null) {
  const own = pure[room === null ? program : `${program}/${room}`] ?? pure[program]
  if (own) {
    const refused = { group: ['**', ...own.allowed.map(negate)], message: own.message }
    return own.allowed.includes('zod') ? [onlyWholeZod, refused] : [refused]
  }
  return [
    { group: ['**/test/**'], message: 'Nothing imports test/.' },
    onlyWholeZod,
    ...otherPrograms(program),
    ...owned
      .filter(({ files }) => !files.includes(`${program}/**`) && !(file && files.includes(file)))
      .map(({ group, message }) => ({ group, message })),
    ...(program === 'webview' ? [{ group: ['node:*'], message: 'A page has no Node.' }] : []),
    ...floorsAbove(program, room),
  ]
}

function negate(pattern) {
  return pattern.startsWith('!') ? pattern.slice(1) : `!${pattern}`
}

function otherPrograms(program) {
  const unseen = programs.filter((other) => other !== program && !sees[program].includes(other))
  const single = sees[program].filter((seen) => seen.endsWith('.ts'))
  return unseen.map((other) => {
    const exceptions = single.filter((seen) => seen.startsWith(`${other}/`))
    const but = exceptions.length > 0 ? ` but ${exceptions.join(', ')}` : ''
    return {
      // A package may have a folder of that name, too.
      group: [`**/${other}/**`, '!@*/**', ...exceptions.map((seen) => `!**/${seen}`)],
      message: `${program}/ sees nothing of ${other}/${but}.`,
    }
  })
}

/** Loose files at the top belong to no room: who may import those is in the list by name. */
function floorsAbove(program, room) {
  if (room === null) return []
  const above = floors[program].slice(0, floors[program].indexOf(room))
  if (above.length === 0) return []
  const groups = above.map((each) => (each.includes('.') ? `../${each}` : `**/${each}/**`))
  const others = programs.filter((other) => other !== program).map((other) => `!**/${other}/**`)
  return [
    {
      group: [...groups, ...others],
      message: `${program}/${room} stands below: it imports from the floors under it (scripts/code/floors.mjs).`,
    },
  ]
}
