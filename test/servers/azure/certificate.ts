import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate for this machine's loopback names, its own authority; the files live as long as the process. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}
const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value, 'latin1'))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const utc = (date: Date): Buffer => text(0x17, `${date.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`)

/** Self-signed, ECDSA P-256, X.509 v3 (RFC 5280) with subject alternative names; valid from a week ago for two months. */
export function makeCertificate(names: readonly string[] = ['localhost', 'issuer.localhost']): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const commonName = sequence(
    der(0x31, sequence(oid('550403'), text(0x0c, `secrets tests ${names[0] ?? ''}`))),
  )
  const now = Date.now()
  const week = 7 * 86_400_000
  const alternatives = sequence(
    ...names.map(name => text(0x82, name)),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  )
  const extensions = sequence(
    sequence(oid('551d11'), der(0x04, alternatives)),
    sequence(
      oid('551d13'),
      der(0x01, Buffer.from([0xff])),
      der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
    ),
  )
  const serial = createHash('sha256').update(spki).digest().subarray(0, 8)
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([0x01]), serial),
    ecdsaWithSha256,
    commonName,
    sequence(utc(new Date(now - week)), utc(new Date(now + 8 * week))),
    commonName,
    spki,
    der(0xa3, extensions),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const whole = sequence(body, ecdsaWithSha256, signature)
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  const cert = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const directory = mkdtempSync(join(tmpdir(), 'secrets-cert-'))
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true })
  })
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  return { cert, key, certFile, keyFile, caFile: certFile }
}
