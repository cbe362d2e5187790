import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import * as z from 'zod'
import { AuditEntry } from '../../../protocol/audit.ts'
import { ProviderId } from '../../../protocol/names.ts'
import { ProviderFilter } from '../../parts/filterFields.tsx'
import { LoadingNote, ReasonNotice } from '../../parts/notice.tsx'
import { usePage, useReading } from '../../state/pageContext.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Dropdown, TextField } from '../../toolkit.tsx'
import { AuditList } from './auditList.tsx'
import { describeWhat, whats } from './describeAudit.ts'
import { type ChangeFilter, useAudit } from './readAudit.ts'

const Choice = z.object({
  what: z.union([z.literal('all'), AuditEntry.shape.what]),
  /** Empty: of all providers. */
  provider: z.union([z.literal(''), ProviderId]),
  /** A day, as the field holds it; empty: from the beginning. */
  since: z.union([z.literal(''), z.iso.date()]),
  target: z.string().max(400),
})
type Choice = z.infer<typeof Choice>
const everything: Choice = { what: 'all', provider: '', since: '', target: '' }

/** Every change of providers, models, routes and the rest, with what was before and after. */
export function AuditPage() {
  const { host } = usePage()
  const [choice, setChoice] = usePersistedState<Choice>('audit.choice', Choice, everything)
  const { entries, reason, hasMore, isReading, more } = useAudit(filterOf(choice))
  const isFiltered = JSON.stringify(choice) !== JSON.stringify(everything)
  return (
    <>
      <AuditChoice choice={choice} onChange={setChoice} />
      <div class="toolbar">
        <Button onClick={() => void host.command('exportAudit', {})}>{l10n.t('Export…')}</Button>
        {isFiltered ? <Button onClick={() => setChoice(undefined)}>{l10n.t('Show all changes')}</Button> : null}
      </div>
      {entries === null && reason === null ? <LoadingNote /> : null}
      {entries ? <AuditList entries={entries} isFiltered={isFiltered} /> : null}
      {reason ? <ReasonNotice reason={reason} /> : null}
      {hasMore ? (
        <Button onClick={more} disabled={isReading}>
          {isReading ? l10n.t('Reading …') : l10n.t('Show older changes')}
        </Button>
      ) : null}
    </>
  )
}

function filterOf({ what, provider, since, target }: Choice): ChangeFilter {
  return {
    ...(what === 'all' ? {} : { what: [what] }),
    ...(provider === '' ? {} : { provider }),
    // The day of the person who asks, not that of UTC.
    ...(since === '' ? {} : { since: new Date(`${since}T00:00:00`).toISOString() }),
    ...(target.trim() === '' ? {} : { target: target.trim() }),
  }
}

function AuditChoice({ choice, onChange }: { choice: Choice; onChange(choice: Choice): void }) {
  const id = useId()
  const providers = useReading('provider/list', {})
  const names = providers.kind === 'there' ? providers.value.map(({ provider }) => provider) : []
  const choose = (change: Partial<Choice>) => {
    const next = Choice.safeParse({ ...choice, ...change })
    if (next.success) onChange(next.data)
  }
  return (
    <search class="toolbar">
      <Dropdown
        id={`${id}-what`}
        label={l10n.t('Changes to')}
        value={choice.what}
        options={[
          { value: 'all', label: l10n.t('Everything') },
          ...whats.map((what) => ({ value: what, label: describeWhat(what) })),
        ]}
        onInput={(what) => choose({ what: what as Choice['what'] })}
      />
      <ProviderFilter
        id={`${id}-provider`}
        names={names}
        value={choice.provider}
        onInput={(provider) => choose({ provider })}
      />
      <label class="day-field">
        <span class="field-label">{l10n.t('Since')}</span>
        <input type="date" value={choice.since} onChange={(event) => choose({ since: event.currentTarget.value })} />
      </label>
      <TextField
        id={`${id}-target`}
        label={l10n.t('About (exact name)')}
        value={choice.target}
        onInput={(target) => choose({ target })}
        mostCharacters={400}
      />
    </search>
  )
}
