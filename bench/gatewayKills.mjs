// `npm run bench -- --gateways`: syncs of a gateway that are killed at places which a seed chooses, and what they left behind.
import { rmSync } from 'node:fs'
import path from 'node:path'
import { buildCli } from '../test/support/cli/spawnCli.ts'
import { killDuringSync } from '../test/support/gateways/killedSync.ts'

/** True where nothing was lost, doubled, left over, told wrongly, or touched that belongs to others. */
export async function runGatewayKills({ seeds, isJson }) {
  const cli = await buildCli()
  const started = performance.now()
  const rows = []
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      const dataDir = path.join(cli.folder, `data-${seed}`)
      const row = await killDuringSync(cli, dataDir, seed)
      rows.push(row)
      rmSync(dataDir, { recursive: true, force: true })
      if (!isJson) process.stdout.write(`seed ${seed}: ${row.places.join('; ') || 'not reached'}: ${verdictOf(row)}\n`)
    }
  } finally {
    await cli.remove()
  }
  const sum = (field) => rows.reduce((total, row) => total + row[field].length, 0)
  const figures = {
    seeds,
    kills: rows.reduce((total, { kills }) => total + kills, 0),
    ...{ lost: sum('lost'), doubled: sum('doubled'), left: sum('left'), stale: sum('stale'), mistold: sum('mistold') },
    foreignTouched: rows.filter(({ isForeignUntouched }) => !isForeignUntouched).length,
    seconds: Math.round((performance.now() - started) / 1000),
  }
  process.stdout.write(isJson ? `${JSON.stringify({ figures, rows })}\n` : `${JSON.stringify(figures)}\n`)
  return rows.every((row) => verdictOf(row) === 'fine')
}

function verdictOf({ lost, doubled, left, stale, mistold, isForeignUntouched }) {
  const wrong = Object.entries({ lost, doubled, left, stale, mistold }).filter(([, models]) => models.length > 0)
  const parts = wrong.map(([name, models]) => `${name} ${models.join(', ')}`)
  if (!isForeignUntouched) parts.push('others touched')
  return parts.length === 0 ? 'fine' : parts.join('; ')
}
