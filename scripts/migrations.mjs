// `npm run migrations`: pins each new file of `migrations/` by its hash, and writes the schema that all of them make to `schema.sql`.
// `npm run migrations -- --again` pins the newest anew, for as long as no release has it. A released file never changes.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { applyMigrations } from '../server/store/migrations.ts'
import { releasedMigrations } from '../server/store/releasedMigrations.ts'
import { loadSqlite } from '../server/store/sqlite.ts'

const root = path.resolve(import.meta.dirname, '..')
const folder = path.join(root, 'migrations')
const pins = path.join(root, 'server/store/releasedMigrations.ts')

const files = readdirSync(folder)
  .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
  .sort()
const migrations = files.map((file, index) => {
  const sql = readFileSync(path.join(folder, file), 'utf8')
  return { number: index + 1, name: file.replace(/\.sql$/, ''), sha256: sha256(sql), sql }
})

pinNewOnes()
writeFileSync(path.join(folder, 'schema.sql'), await schema())

function sha256(text) {
  return createHash('sha256').update(text).digest('hex')
}

function pinNewOnes() {
  const known = new Map(releasedMigrations.map(({ name, sha256: pinned }) => [name, pinned]))
  const changed = migrations.filter(({ name, sha256: found }) => known.has(name) && known.get(name) !== found)
  const newest = migrations.at(-1)?.name
  const broken = changed.filter(({ name }) => name !== newest || !process.argv.includes('--again'))
  if (broken.length > 0)
    throw new Error(`Never edit a released migration: ${broken.map(({ name }) => name).join(', ')}`)
  const rows = migrations.map(({ name, sha256: found }) => `  { name: '${name}', sha256: '${found}' },\n`)
  const before = readFileSync(pins, 'utf8')
  const start = before.indexOf('[\n') + 2
  writeFileSync(pins, `${before.slice(0, start)}${rows.join('')}${before.slice(before.lastIndexOf(']'))}`)
}

async function schema() {
  const connection = (await loadSqlite()).open(null)
  const applied = applyMigrations(connection, migrations, '2026-01-01T00:00:00.000Z')
  if (!applied.ok) throw new Error(applied.reason.message)
  const objects = connection.all(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND sql IS NOT NULL ORDER BY rowid",
  )
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => name)
  const texts = tables.map((table) =>
    objects
      .filter(({ tbl_name }) => tbl_name === table)
      .sort((one, other) => Number(other.type === 'table') - Number(one.type === 'table'))
      .map(({ type, sql }) => `${type === 'table' ? tableText(sql) : sql.trim()};\n`)
      .join('\n'),
  )
  return `-- The schema as it is after all migrations, for readers: written by \`npm run migrations\`, never run against a user's data.\n\n${texts.join('\n')}`
}

/** One column or constraint a line: `ADD COLUMN` writes behind the last one. */
function tableText(sql) {
  const start = sql.indexOf('(')
  const end = sql.lastIndexOf(')')
  const clauses = splitAtCommas(sql.slice(start + 1, end)).map((clause) => `  ${clause.replace(/\s+/g, ' ').trim()}`)
  return `${sql.slice(0, start).replaceAll('"', '').trim()} (\n${clauses.join(',\n')}\n)${sql.slice(end + 1)}`
}

function splitAtCommas(text) {
  const parts = ['']
  let depth = 0
  for (const sign of text.replace(/--.*$/gm, '')) {
    if (sign === '(') depth++
    if (sign === ')') depth--
    if (sign === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += sign
  }
  return parts
}
