"""The WSGI entry point: any server that speaks WSGI can serve `wsgi:app`."""

from portal.app import create_lasting_app

app = create_lasting_app()
