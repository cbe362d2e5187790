import * as l10n from '@vscode/l10n'
import type { Placeholder } from '../../../protocol/prompts.ts'
import { translated } from '../../parts/language.ts'

export function PlaceholderList({ placeholders }: { placeholders: readonly Placeholder[] }) {
  return (
    <details class="advanced">
      <summary>{l10n.t('What may stand in braces')}</summary>
      <dl>
        {placeholders.map(({ name, isRequired, about }) => (
          <div key={name}>
            <dt>
              <code>{`{${name}}`}</code> {isRequired ? l10n.t('(needed)') : l10n.t('(may be left out)')}
            </dt>
            <dd>{translated(about)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
