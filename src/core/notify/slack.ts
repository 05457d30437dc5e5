import { Secret } from '../secret.ts'
import { eventText, isTrouble } from './event.ts'
import { jsonHeaders, type Receiver } from './receiver.ts'

/** An incoming webhook: one message for all events of a run. */
export const slack: Receiver = {
  title: 'Slack, by an incoming webhook',
  messages(events, { value, origin }) {
    const lines = events.map(event => `${isTrouble(event) ? ':warning: ' : ''}${escaped(eventText(event))}`)
    const head = `*${escaped(origin.project)}* (secrets, ${escaped(`${origin.user}@${origin.host}`)})`
    const body = JSON.stringify({ text: [head, ...lines].join('\n'), unfurl_links: false })
    return [{ url: value, headers: jsonHeaders, body: new Secret(body) }]
  },
}

/** The three characters that Slack reads as the beginning of a mention or a link; and no formatting by names. */
function escaped(text: string): string {
  const plain = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').replaceAll(/[*`~]/g, '')
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
