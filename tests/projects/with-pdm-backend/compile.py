"""pdm-backend's build hook: it adds an extension module to the setup.py that pdm-backend runs."""


def pdm_build_update_setup_kwargs(context, setup_kwargs):
    """Say what setuptools has to compile."""
    import sysconfig

    from setuptools import Extension

    macros = [("TOLD_SUFFIX", '"%s"' % sysconfig.get_config_var("EXT_SUFFIX"))]
    setup_kwargs.update(ext_modules=[Extension("told._core", ["told/module.c"], define_macros=macros)])
