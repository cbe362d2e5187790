import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ReasonFacts } from '../../protocol/reasons.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'

type Facts = Extract<ReasonFacts, { code: 'source_invalid' }>

/** What is wrong with a file as a whole, before any of its rows is looked at. */
export type FileProblem = Exclude<Facts['problem'], 'no_text_field' | 'no_id_field' | 'no_items'>

/** `more`: what would help: an encoding, another format, or one of the tables that are there. */
export function fileFailure(
  path: string,
  problem: FileProblem,
  detail: LocalizableMessage,
  more: Pick<Facts, 'encoding' | 'saveAs' | 'tables'> = {},
) {
  return fail({ code: 'source_invalid', source: path, problem, ...withMessage('detail', detail), ...more })
}
