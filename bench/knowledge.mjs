// `npm run bench -- --kb-kills`: builds of a knowledge base that are killed at seeded moments, and what is left of the base. `--kills N`
// for another number than 20. It ends with an error when something was lost, doubled or paid for again.
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { killBuilds, rows } from '../test/support/knowledge/killedBuilds.ts'

export async function runKilledBuilds({ kills, seed = 16 }) {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'llm-providers-kb-kills-'))
  try {
    const left = await killBuilds(scratch, kills, seed)
    console.log(`${left.kills} kills by seed ${seed}, ${left.midBuild} of them while a build was running.`)
    console.log(
      `${left.paid} texts answered, ${left.paidTwice} of them again, ${left.paidTwiceForNothing} of which were in no batch that was under way.`,
    )
    console.log(
      `${left.chunks} of ${rows} chunks, ${left.doubled} doubled, ${left.wrong} not found by their own vector.`,
    )
    if (left.leftOver.length > 0) console.log(`Left over: ${left.leftOver.join(', ')}`)
    const isWhole = left.chunks === rows && left.doubled + left.wrong + left.paidTwiceForNothing === 0
    return isWhole && left.leftOver.length === 0
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
