import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Icon } from './icon.tsx'
import { Popover } from './popover.tsx'

export interface MenuEntry {
  id: string
  label: string
  /** `anchor`: the button of the menu, for what opens under it. */
  onPick(anchor: HTMLElement): void
  /** It is one of several, or on or off. Absent: it does something. */
  isChecked?: boolean
  /** A line stands above it. */
  isFirstOfGroup?: boolean
}

interface MenuButtonProps {
  label: string
  children: ComponentChildren
  entries: readonly MenuEntry[]
}

/** A button with a menu under it. */
export function MenuButton({ label, children, entries }: MenuButtonProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  return (
    <>
      <button
        type="button"
        class="plain-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
      >
        {children}
      </button>
      {anchor ? <Menu label={label} anchor={anchor} entries={entries} onClose={() => setAnchor(null)} /> : null}
    </>
  )
}

interface MenuProps extends Pick<MenuButtonProps, 'label' | 'entries'> {
  /** It opens under it. */
  anchor: HTMLElement
  onClose(): void
}

/** A menu that is open. */
export function Menu({ label, anchor, entries, onClose }: MenuProps) {
  function press(event: KeyboardEvent & { currentTarget: HTMLElement }) {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')]
    const next = stepIn(items.length, items.indexOf(document.activeElement as HTMLElement), event.key)
    if (next === null) return
    items[next]?.focus()
    event.preventDefault()
  }
  return (
    <Popover anchor={anchor} label={label} role="menu" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys of the menu that is around it. */}
      <div class="menu-entries" role="presentation" onKeyDown={press}>
        {entries.map((entry) => (
          // biome-ignore lint/a11y/useAriaPropsSupportedByRole: absent where the entry is no check box.
          <button
            key={entry.id}
            type="button"
            role={entry.isChecked === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-checked={entry.isChecked}
            class={entry.isFirstOfGroup ? 'menu-entry menu-group' : 'menu-entry'}
            onClick={() => {
              onClose()
              entry.onPick(anchor)
            }}
          >
            <span class="menu-mark">{entry.isChecked ? <Icon name="check" /> : null}</span>
            {entry.label}
          </button>
        ))}
      </div>
    </Popover>
  )
}

function stepIn(count: number, at: number, key: string): number | null {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count
    case 'ArrowUp':
      return (at - 1 + count) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
