import { type InputBoxOptions, l10n, window } from 'vscode'
import { looksLikeKey } from '../../shared/keys/keyShape.ts'

/** A text that a person types in the open, trimmed; a key is refused, and the masked box named. Undefined: the person left. */
export async function askText(
  options: InputBoxOptions & { validateInput?: (typed: string) => string | null },
): Promise<string | undefined> {
  const typed = await window.showInputBox({
    ...options,
    validateInput: (value) => keyInOpenField(value) ?? options.validateInput?.(value) ?? null,
  })
  return typed?.trim()
}

/** Why a text may not stand in a field that shows it; null: it may. */
export function keyInOpenField(typed: string): string | null {
  return looksLikeKey(typed)
    ? l10n.t('This looks like a key. Keys are entered only in the masked box that "Set key" opens.')
    : null
}
