import type { Reason } from '../../protocol/reasons.ts'
import { Button } from '../toolkit.tsx'
import { Notice } from './notice.tsx'
import { canAct, useReasonAction } from './reasonAction.ts'

/** Why something did not work, in the reason's own sentence, with its one action as a button. Cancelling is told nobody. */
export function ReasonNotice({ reason, id }: { reason: Reason; id?: string }) {
  const act = useReasonAction()
  if (reason.code === 'cancelled') return null
  const action = canAct(reason) ? <Button onClick={() => act(reason)}>{reason.action.label}</Button> : null
  return (
    <Notice look="error" actions={action} {...(id ? { id } : {})}>
      {reason.message}
    </Notice>
  )
}
