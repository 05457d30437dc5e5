import type { ValueTypeDefinition } from '../value-type.ts'

/** `eu-central-1`, `us-gov-west-1`: the form, because regions are added every year. */
export const awsRegionType: ValueTypeDefinition = {
  id: 'aws-region',
  check: value =>
    /^[a-z]{2,4}(?:-(?:gov|iso|isob|isoe|isof))?-[a-z]{4,9}-\d{1,2}$/.test(value)
      ? undefined
      : {
          problem: 'must be an AWS region',
          fix: 'write its code, such as eu-central-1, without the letter of a zone',
        },
}

/** `arn:partition:service:region:account:resource`; region and account may be empty. */
export const awsArnType: ValueTypeDefinition = {
  id: 'aws-arn',
  check: value =>
    /^arn:aws(?:-[a-z]{2,6}){0,2}:[a-z0-9-]{1,40}:[a-z0-9-]{0,25}:(?:\d{12}|aws)?:\S{1,1024}$/.test(value)
      ? undefined
      : { problem: 'must be an ARN', fix: 'write arn:aws:service:region:account:resource' },
}
