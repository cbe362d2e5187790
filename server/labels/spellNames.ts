import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName, similarNames } from '../domain/categoryNames.ts'
import type { CompiledProfile } from '../domain/work.ts'

/** As the first profile that has them spells them, each once. `mustExist`: names that none has are refused, if there is any profile. */
export function spellNames(
  names: readonly string[] | null | undefined,
  profiles: readonly CompiledProfile[],
  mustExist: boolean,
): Outcome<string[] | null | undefined> {
  if (!names) return succeed(names)
  const known = new Map(
    profiles.toReversed().flatMap(({ byName }) => [...byName].map(([key, { name }]) => [key, name])),
  )
  const spelled = names.map((name) => known.get(foldName(name)) ?? name)
  const problems: Problem[] = []
  spelled.forEach((name, index) => {
    if (!mustExist || profiles.length === 0 || known.has(foldName(name))) return
    const [nearest] = similarNames(name, [...known.values()], 1)
    const sentence =
      nearest === undefined
        ? localizable('there is no category "{0}"', name)
        : localizable('there is no category "{0}"; the nearest is "{1}"', name, nearest)
    problems.push({ path: `categories[${index}]`, ...withMessage('message', sentence) })
  })
  return problems.length > 0 ? fail({ code: 'label_invalid', problems }) : succeed([...new Set(spelled)])
}
