import { access } from 'node:fs/promises'
import path from 'node:path'
import { policyFile } from '../../protocol/policy.ts'
import { describePolicy } from '../../shared/describe/policy.ts'
import { english } from '../../shared/language.ts'
import type { Client } from '../invocation/client.ts'
import { type Invocation, printNote } from '../invocation/invocation.ts'
import { oneLine } from '../terminal/plainText.ts'

/**
 * Says in one line which rules of the folder are followed. They only narrow what a person has set up, so that nobody has to agree first.
 * The server is not asked where there is no such file.
 */
export async function noteRules(
  invocation: Invocation,
  client: Pick<Client, 'request'>,
  workspaceFolder: string,
): Promise<void> {
  if (invocation.json || !(await hasRules(workspaceFolder))) return
  const read = await client.request('policy/read', { workspaceFolder })
  for (const view of read.ok ? read.value.policies : []) {
    const said = oneLine(describePolicy(english, view).join('; '))
    await printNote(
      invocation,
      `Rules of this folder are followed (${oneLine(path.relative(invocation.terminal.workingFolder, view.file))}): ${said}`,
    )
  }
}

async function hasRules(from: string): Promise<boolean> {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const found = await access(path.join(folder, policyFile)).then(
      () => true,
      () => false,
    )
    if (found || path.dirname(folder) === folder) return found
  }
}
