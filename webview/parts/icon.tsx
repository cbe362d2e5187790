/** Drawn for 16 units. An icon never stands alone: words beside it say the same. */
const paths = {
  pass: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM4.9 8.2l.7-.7 1.8 1.8 3.4-3.9.8.7-4.2 4.7-2.5-2.6Z',
  error:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM5.9 5.2 8 7.3l2.1-2.1.7.7L8.7 8l2.1 2.1-.7.7L8 8.7l-2.1 2.1-.7-.7L7.3 8 5.2 5.9l.7-.7Z',
  warning: 'M8 1.8 15 14H1L8 1.8Zm0 2L2.7 13h10.6L8 3.8Zm-.5 3h1v3.4h-1V6.8Zm0 4.3h1v1h-1v-1Z',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM7.5 4.6h1v1h-1v-1Zm0 2.2h1v4.6h-1V6.8Z',
  off: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 0 0-4.2 9l7.7-7.7A5.5 5.5 0 0 0 8 2.5Zm4.2 2-7.7 7.7a5.5 5.5 0 0 0 7.7-7.7Z',
  unknown: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z',
  key: 'M10.5 1.5a4 4 0 1 1-1.2 7.8L8 10.6H6.8v1.6H5.2v1.9H1.9v-3.2l4.9-4.9a4 4 0 0 1 3.7-4.5Zm0 1a3 3 0 0 0-2.8 4l-4.8 4.8v1.8h1.3v-1.9h1.6V9.6h1.8l1.6-1.5a3 3 0 1 0 1.3-5.6Zm1 1.5a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z',
  check: 'M13.7 4 6.5 12.6 2.3 8.7l.7-.7 3.4 3.2L12.9 3.4l.8.6Z',
  more: 'M3.5 7a1 1 0 1 1 0 2 1 1 0 0 1 0-2Zm4.5 0a1 1 0 1 1 0 2 1 1 0 0 1 0-2Zm4.5 0a1 1 0 1 1 0 2 1 1 0 0 1 0-2Z',
  close: 'm8 7.3 3.6-3.6.7.7L8.7 8l3.6 3.6-.7.7L8 8.7l-3.6 3.6-.7-.7L7.3 8 3.7 4.4l.7-.7L8 7.3Z',
} as const
export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  )
}
