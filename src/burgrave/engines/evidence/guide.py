"""The README.txt of a bundle: how an outsider verifies it, with the program and with common tools alone."""

import shlex

_TEXT = """\
EVIDENCE BUNDLE ({format})

  about      {subject}
  made at    {made_at}
  log        {origin}
  key        {fingerprint}

This file is not signed. Whoever sent you the bundle could have changed it, the
manifest, the title, and the names and types of the documents. What is protected
by the signature: the checkpoint, the records, the opened fields, and the bytes of
the documents. So GET THE FINGERPRINT OF THE KEY FROM SOMEWHERE ELSE, by telephone
or from a printed page, and compare it with the line "key" above.

WHAT IS IN HERE
  checkpoint    the log's size and root hash, signed (c2sp.org/tlog-checkpoint)
  key.pem       the public key; key.vkey is the same key as a verifier key
  records/      one file for each record, exactly as it stands in the log
  proofs/       for each record the proof that it is in the log (c2sp.org/tlog-proof)
  openings/     for some records: the values behind sealed fields, with their salts
  documents/    the documents, each in a folder named by its SHA-256
  manifest.json the table of contents

WITH THE PROGRAM
It needs Python and the package "cryptography", no server and no account.

    python -m burgrave.engines.evidence BUNDLE.zip --key FINGERPRINT

BY HAND
It needs a shell, openssl 3, sha256sum, sed, grep, tail and base64. Unpack the bundle,
go into its folder, and type what is indented.

1. Is it the right key? This prints the fingerprint, save for one "=" at the end:

    # step 1
    openssl pkey -pubin -in key.pem -outform DER | tail -c 32 |
      openssl dgst -sha256 -binary | base64 | sed 's/^/SHA256:/'

2. Did this key sign the checkpoint? This prints "Signature Verified Successfully":

    # step 2
    sed '/^$/,$d' checkpoint > checkpoint.text
    grep -F -e {signer} checkpoint | head -n 1 | sed 's/.* //' |
      base64 -d | tail -c 64 > checkpoint.signature
    openssl pkeyutl -verify -pubin -inkey key.pem -rawin \\
      -in checkpoint.text -sigfile checkpoint.signature

   The second line of checkpoint.text is the number of records in the log, the third
   is the root hash over all of them. The first must be the name of the log.

3. Is a record in the log? Put the record's number in place of {position}. The last line
   prints "record is in the log" if the path leads from the record to the root:

    # step 3
    record={position}
    node() {{
      {{ printf '\\001'; echo "$1" | base64 -d; echo "$2" | base64 -d; }} |
        openssl dgst -sha256 -binary | base64
    }}
    index=$record
    last=$(( $(sed -n 2p checkpoint.text) - 1 ))
    hash=$({{ printf '\\000'; cat "records/$record.json"; }} |
      openssl dgst -sha256 -binary | base64)
    for sibling in $(sed -e '1,2d' -e '/^$/,$d' "proofs/$record.tlog-proof"); do
      if [ $(( index % 2 )) -eq 1 ] || [ "$index" -eq "$last" ]; then
        hash=$(node "$sibling" "$hash")
        while [ $(( index % 2 )) -eq 0 ] && [ "$index" -gt 0 ]; do
          index=$(( index / 2 )); last=$(( last / 2 ))
        done
      else
        hash=$(node "$hash" "$sibling")
      fi
      index=$(( index / 2 )); last=$(( last / 2 ))
    done
    [ "$last" -eq 0 ] && [ "$hash" = "$(sed -n 3p checkpoint.text)" ] &&
      echo "record is in the log"

4. Is a document the one that a record names? This prints the documents' digests;
   each must stand in a record that passed step 3:

    # step 4
    for document in documents/*/*; do
      if [ -f "$document" ]; then
        digest=$(sha256sum < "$document" | cut -c 1-64)
        echo "$digest is named in: $(grep -l -F "\\"$digest\\"" records/*.json | tr '\\n' ' ')"
      fi
    done

5. Is an opened value the one that a record sealed? Take VALUE and SALT of the field from
   openings/; this prints what must stand as "sealed" in the record's field:

    printf '%s' 'VALUE' | openssl dgst -sha256 -mac HMAC -macopt hexkey:SALT

WHAT THIS DOES NOT SHOW
That these are all the records there are about the subject, that what a record says
is true, or that the log's keeper shows the same log to everybody. For the last one,
compare the checkpoint with one that somebody else kept.
"""


def guide(*, form: str, subject: str, made_at: str, origin: str, fingerprint: str, position: int) -> bytes:
    """Return the text, in UTF-8, with ``position`` as the example record."""
    return _TEXT.format(
        format=form,
        subject=subject,
        made_at=made_at,
        origin=origin,
        signer=shlex.quote(f"— {origin} "),
        fingerprint=fingerprint,
        position=position,
    ).encode("utf-8")
