import { Argument } from 'commander'
import { tasks } from '../../protocol/names.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { readText } from '../invocation/readText.ts'
import { UsageError } from '../invocation/usageError.ts'

/** The contract allows no longer one; to say so here is better than a broken call. */
const mostCharacters = 20_000

export async function readPrompt({ terminal }: Invocation, file: string): Promise<string> {
  const text = await readText(terminal, file)
  if (text.length <= mostCharacters) return text
  throw new UsageError(`A prompt has at most ${mostCharacters} characters, and this one has ${text.length}`)
}

export function taskArgument(): Argument {
  return new Argument('<task>', 'the task').choices(tasks)
}
