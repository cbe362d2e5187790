import type { Reason } from '../../protocol/reasons.ts'
import { usePanel } from '../state/panelContext.ts'
import { Button } from '../toolkit.tsx'
import { reasonAction, reasonSentence } from './language.ts'
import { Notice } from './notice.tsx'

/** Why something did not work, in the reason's own sentence, with its one action as a button. Cancelling is told nobody. */
export function ReasonNotice({ reason, id }: { reason: Reason; id?: string }) {
  const act = usePanel().actionOf(reason)
  if (reason.code === 'cancelled') return null
  const action = act ? <Button onClick={act}>{reasonAction(reason)}</Button> : null
  return (
    <Notice look="error" actions={action} {...(id ? { id } : {})}>
      {reasonSentence(reason)}
    </Notice>
  )
}
