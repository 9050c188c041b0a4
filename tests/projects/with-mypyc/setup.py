"""mypyc: typed Python, compiled."""

from mypyc.build import mypycify
from setuptools import setup

setup(packages=["told"], ext_modules=mypycify(["told/_core.py"]))
